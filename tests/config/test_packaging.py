"""What the configuration and the installer read must come along with `pip install .`."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_an_installed_package_has_the_files_of_conf(tmp_path: Path) -> None:
    build = [sys.executable, "setup.py", "-q", "egg_info", "-e", str(tmp_path), "build", "-b", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, timeout=120, check=True, capture_output=True)
    built = {path.name for path in (tmp_path / "lib/stratus/config/reference").iterdir()}
    assert built == {path.name for path in (ROOT / "conf").iterdir()}
