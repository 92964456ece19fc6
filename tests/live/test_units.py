"""The units of systemd, as its own tool understands them; systemd need not run for that."""

import subprocess
import sys
from pathlib import Path

import pytest

from stratus.install.deeds import Unit
from stratus.install.facts import Facts, Wish
from stratus.install.steps import dispatcher, sshd

pytestmark = pytest.mark.live
WISH = Wish("root", "root", "n1", agent=("stratus-nodeagent",), dispatcher=(sys.executable, "-m", "stratus.cli"))


def test_systemd_finds_nothing_to_complain_of_in_the_units(tmp_path: Path) -> None:
    facts = Facts(distribution="debian", systemd=True)
    units = [deed for plan in (sshd.plan, dispatcher.plan) for deed in plan(facts, WISH) if isinstance(deed, Unit)]
    assert len(units) == 2
    for unit in units:
        (tmp_path / unit.name).write_text(unit.text)
    paths = [str(tmp_path / unit.name) for unit in units]
    done = subprocess.run(["systemd-analyze", "verify", *paths], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_systemd_would_complain_of_a_unit_that_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "stratus-wrong.service"
    path.write_text("[Service]\nExecStart=/no/such/program\nRestrt=no\n")
    done = subprocess.run(["systemd-analyze", "verify", str(path)], capture_output=True, text=True, timeout=60)
    assert "Restrt" in done.stderr
