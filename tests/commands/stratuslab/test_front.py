"""The names: in the table, in the checkout, in the package and in the manual; and how they end."""

import ast
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pexpect
import pytest

from stratus import __version__
from stratus.commands.stratuslab import __main__ as front
from stratus.commands.stratuslab.names import NAMES, command_of
from stratus.commands.stratuslab.outside import Outside, call
from stratus.errors import INTERRUPTED_STATUS

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_has_a_launcher_an_entry_point_and_a_page(name):
    assert os.access(ROOT / "bin" / f"stratus-{name}", os.X_OK)
    assert f'"stratus-{name} = stratus.commands.stratuslab.__main__:installed"' in (ROOT / "setup.py").read_text()
    assert (ROOT / "man" / f"stratus-{name}.1").exists()
    assert command_of(name) is command_of(f"stratus-{name}")
    assert command_of(name).name == f"stratus-{name}"


@pytest.mark.parametrize("name", NAMES)
def test_the_launcher_runs_the_command_that_it_is_called_by(name, tmp_path):
    link = tmp_path / f"stratus-{name}"
    link.symlink_to(ROOT / "bin" / f"stratus-{name}")
    done = subprocess.run([link, "--version"], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"stratus-{name} {__version__}\n", "")


def test_an_unknown_name_is_an_error_of_usage(old):
    said = old("run-nothing tiny")
    assert said.status == 2 and "there is no command 'stratus-run-nothing'" in said.err


def test_interrupted_is_130_whatever_is_under_way(old, capsys):
    def interrupted(**_):
        raise KeyboardInterrupt

    assert front.run("stratus-describe-instance", ["-n"], Outside(interrupted)) == INTERRUPTED_STATUS


@pytest.mark.parametrize("name", NAMES)
def test_help_loads_nothing_heavy(name):
    program = (
        "import sys; from stratus.commands.stratuslab.__main__ import run; run(sys.argv[1], ['--help']);"
        "sys.stderr.write(repr(sorted(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-P", "-c", program, name], capture_output=True, text=True, timeout=60)
    loaded = set(ast.literal_eval(done.stderr))
    assert not loaded & {"rich", "paramiko", "requests", "lxml", "passlib", "configobj", "yaml", "getpass"}


def test_minus_c_names_the_users_configuration_file(old, tmp_path, monkeypatch):
    monkeypatch.setenv("STRATUSLAB_STATE_DIR", str(tmp_path / "state"))
    file = tmp_path / "my.cfg"
    file.write_text("[default]\ndefault_instance_type = c1.medium\n[other]\ndefault_instance_type = t1.micro\n")
    old.new_session = partial(front.new_session)
    listed = old.ok("run-instance --list-types -c", str(file)).out
    assert "* c1.medium" in listed and "  m1.small" in listed
    assert "* t1.micro" in old.ok("run-instance -l -S other -c", str(file)).out


def test_a_configuration_file_that_is_named_must_be_there(old, tmp_path):
    old.new_session = partial(front.new_session)
    said = old("describe-instance -c", str(tmp_path / "none.cfg"))
    assert said.status == 12 and "none.cfg" in said.err and said.out == ""


HASHES = "MD5:5f4dcc3b5aa765d61d8327deb882cf99\nCRYPT:alHzjf8HTh5Mc\n"
HASH_PASSWORD = ROOT / "bin/stratus-hash-password"


def test_without_a_terminal_answers_are_lines_of_standard_input():
    done = subprocess.run(
        [HASH_PASSWORD], input="alice\npassword\npassword\n", capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, HASHES, "username:password:retype password:")


def test_an_answer_that_never_comes_is_an_error():
    done = subprocess.run([HASH_PASSWORD], input="alice\n", capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2 and done.stdout == "" and "nothing was given after 'password:'" in done.stderr


def test_at_a_terminal_passwords_are_not_seen():
    child = pexpect.spawn(str(HASH_PASSWORD), timeout=60, encoding="utf-8")
    for prompt, answer in (("username:", "alice"), ("password:", "password"), ("retype password:", "password")):
        child.expect_exact(prompt)
        child.sendline(answer)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert child.before.split() == HASHES.split()


def test_interrupting_a_question_is_130():
    # Whoever was started in a shell's background inherits that interruptions are ignored.
    child = pexpect.spawn("env", ["--default-signal=INT", str(HASH_PASSWORD)], timeout=60, encoding="utf-8")
    child.expect_exact("username:")
    child.sendintr()
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == INTERRUPTED_STATUS


def test_a_program_gives_its_own_status():
    assert call(["sh", "-c", "exit 7"]) == 7
