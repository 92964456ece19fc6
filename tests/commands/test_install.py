"""stratus install as it is typed, as far as nothing is changed: its checks, its plan, and what -c says."""

import json
from pathlib import Path
from typing import Any

import pytest

from stratus import cli
from stratus.install.checks import CHECKS
from stratus.install.steps import STEPS


class Machine:
    """This machine, with a configuration and a state directory of the test's own."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.etc, self.state = folder / "etc", folder / "state"
        self.environ = {
            "HOME": str(folder),
            "STRATUSLAB_CONFIG_DIR": str(self.etc),
            "STRATUSLAB_STATE_DIR": str(self.state),
        }
        self._capsys = capsys

    def __call__(self, *words: str) -> tuple[int, str, str]:
        status = cli.run(words, given=cli.Given(self.environ))
        said = self._capsys.readouterr()
        return status, said.out, said.err

    def plan(self, *words: str, role: str = "") -> dict[str, str]:
        """The deeds of each step, as one text."""
        status, out, err = self(*words, "install", "--plan", "-o", "json", *filter(None, [role]))
        assert status == 0, err
        steps: list[dict[str, Any]] = json.loads(out)
        assert [each["step"] for each in steps] == [step.name for step in STEPS]
        return {each["step"]: "\n".join(each["deeds"]) for each in steps}


@pytest.fixture
def machine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Machine:
    return Machine(tmp_path, capsys)


def test_the_checks_are_a_listing_and_change_nothing(machine: Machine) -> None:
    status, out, _ = machine("install", "--check", "-o", "json")
    rows = json.loads(out)
    assert [row["check"] for row in rows] == list(CHECKS)
    failed = any(row["verdict"] == "failed" for row in rows)
    assert status == (4 if failed else 0)
    assert not machine.etc.exists()
    assert not machine.state.exists()


def test_a_range_that_is_taken_fails_and_the_error_names_the_mend(machine: Machine) -> None:
    machine.etc.mkdir()
    (machine.etc / "stratuslab.cfg").write_text("[nat]\nnat_network = 127.0.0.0\n")
    status, out, err = machine("install", "--check", "-o", "json")
    (ranges,) = (row for row in json.loads(out) if row["check"] == "ranges")
    assert (status, ranges["verdict"]) == (4, "failed")
    assert ranges["mend"].startswith("stratus config nat_network ")
    assert "127.0.0.0/8 of lo" in json.loads(err)["cause"]


def test_a_plan_follows_the_configuration_folder_and_the_settings(machine: Machine) -> None:
    plan = machine.plan("-c", "nat_network=10.99.0.0", "-c", "frontend_ip=192.0.2.7")
    assert f"write {machine.etc}/stratuslab.cfg " in plan["configuration"]
    assert "nat_network = 10.99.0.0" in plan["configuration"]
    assert "[one-deployment]\n  | frontend_ip = 192.0.2.7" in plan["configuration"]
    assert f"STRATUSLAB_CONFIG_DIR={machine.etc}" in plan["dispatcher"]
    assert not machine.etc.exists()


def test_a_setting_that_a_configuration_contradicts_is_refused(machine: Machine) -> None:
    machine.etc.mkdir()
    (machine.etc / "stratuslab.cfg").write_text("[nat]\nnat_network = 10.98.0.0\n")
    status, _, err = machine("-c", "nat_network=10.99.0.0", "install", "--plan")
    assert status == 2
    assert "says nat_network = 10.98.0.0" in err
    assert "try: stratus config nat_network 10.99.0.0" in err
    assert machine.plan("-c", "nat_network=10.98.0.0")


def test_one_role_has_only_its_own_steps(machine: Machine) -> None:
    frontend, node, both = (machine.plan(role=role) for role in ("--frontend", "--node", ""))
    assert {name for name, deeds in both.items() if deeds} >= {name for name, deeds in frontend.items() if deeds}
    assert frontend["dispatcher"] and not node["dispatcher"]


def test_what_was_never_installed_has_nothing_to_take_away(machine: Machine) -> None:
    assert machine("uninstall", "--plan") == (0, "nothing was installed here\n", "")
    assert machine("uninstall", "--plan", "--packages", "-o", "json") == (0, "[]\n", "")
    assert machine("uninstall", "--plan", "--output", "yaml") == (0, "[]\n", "")
