"""Being root, for what changes the machine."""

import os
import pwd
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from stratus.commands.as_root import administrator
from stratus.errors import BadInput

ROOT = str(Path(__file__).parents[2])
# Somebody who is not root, on a machine without sudo.
NOBODY = """
import os, sys
from stratus import cli
from stratus.commands import install, uninstall
if os.geteuid() == 0: os.setgroups([]); os.setgid(65534); os.setuid(65534)
sys.exit(cli.run(sys.argv[1:]))
"""


def test_a_sudo_user_that_is_nobody_is_refused():
    if os.geteuid() != 0:
        assert administrator({"SUDO_USER": "nobody-at-all"})[0] == pwd.getpwuid(os.geteuid()).pw_name
        return
    for name in ("nobody-at-all", "a\0b", "\udcff"):
        with pytest.raises(BadInput, match="there is no such user here"):
            administrator({"SUDO_USER": name})


def test_who_is_not_root_and_has_no_sudo_is_refused():
    for command in ("install", "uninstall"):
        ended = subprocess.run(
            [sys.executable, "-P", "-c", NOBODY, command, "--yes"],
            env={"PATH": "/nowhere", "HOME": "/nowhere", "PYTHONPATH": ROOT},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert (ended.returncode, ended.stdout) == (7, "")
        assert ended.stderr == (
            "stratus: this changes the machine, which only root may do\n  try: log in as root, or install sudo\n"
        )


def test_what_sudo_hands_on_stands_on_no_command_line():
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)  # for nobody, who looks for sudo there
        Path(folder, "sudo").write_text("#!/bin/sh\nprintf '%s\\n' \"$@\"\n")
        os.chmod(f"{folder}/sudo", 0o755)
        secrets = {"STRATUSLAB_PASSWORD": "hunter2", "https_proxy": "http://me:hunter2@proxy"}
        ended = subprocess.run(
            [sys.executable, "-P", "-c", NOBODY, "install", "--yes"],
            env={"PATH": folder, "HOME": "/nowhere", "PYTHONPATH": ROOT, **secrets},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
    words = ended.stdout.splitlines()
    assert words[:3] == ["-n", "--preserve-env=STRATUSLAB_PASSWORD,https_proxy", "--"]
    assert words[-3:] == ["stratus.cli", "install", "--yes"]
    assert "hunter2" not in ended.stdout
