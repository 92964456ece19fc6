"""What the configuration, the installer, `man` and the shells read must come along with `pip install .`."""

import subprocess
import sys
from pathlib import Path

import pytest

from stratus.commands.completion import script
from stratus.commands.stratuslab.names import NAMES, PREFIX

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_an_installed_package_has_the_files_of_conf(tmp_path: Path) -> None:
    build = [sys.executable, "setup.py", "-q", "egg_info", "-e", str(tmp_path), "build", "-b", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, timeout=120, check=True, capture_output=True)
    built = {path.name for path in (tmp_path / "lib/stratus/config/reference").iterdir()}
    assert built == {path.name for path in (ROOT / "conf").iterdir()}


@pytest.mark.slow
def test_an_installed_package_has_its_pages_and_completes_command_lines_in_every_shell(tmp_path: Path) -> None:
    install = [sys.executable, "setup.py", "-q", "egg_info", "-e", str(tmp_path), "install_data", "-d", str(tmp_path)]
    subprocess.run(install, cwd=ROOT, timeout=120, check=True, capture_output=True)
    share = tmp_path / "share"
    names = ["stratus", *(PREFIX + name for name in NAMES)]
    there = {
        "bash": [share / "bash-completion/completions" / name for name in names],
        "zsh": [share / "zsh/site-functions/_stratus"],
        "fish": [share / "fish/vendor_completions.d" / f"{name}.fish" for name in names],
    }
    for shell, files in there.items():
        assert {file.read_text() for file in files} == {f"{script(shell)}\n"}
        assert sorted(files[0].parent.iterdir()) == sorted(files)
    assert (share / "man/man1/stratus.1").exists()
