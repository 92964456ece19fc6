"""Every step of the installation by data: cases/*.json hold facts and wish, and the command lines that follow."""

import json
from pathlib import Path
from typing import Any

import pytest

from stratus.errors import StratusError
from stratus.install.facts import Facts, Wish
from stratus.install.steps import STEPS
from stratus.model.codec import decode

CASES = sorted((Path(__file__).parent / "cases").glob("*.json"))
PLANS = {step.name: step.plan for step in STEPS}
WISH = {
    "admin": "alice",
    "admin_group": "users",
    "node_name": "n1",
    "agent": ["/opt/stratus/bin/stratus-nodeagent", "ssh-entry"],
    "dispatcher": ["/opt/stratus/.venv/bin/python", "-P", "-m", "stratus.cli", "dispatch", "--resident"],
    "cfg_reference": "# reference\n",
}


def shown(case: dict[str, Any]) -> list[str]:
    facts = decode(Facts, case["facts"])
    wish = decode(Wish, {**WISH, **case.get("wish", {})})
    return [line for deed in PLANS[case["step"]](facts, wish) for line in deed.shown()]


class TestSteps:
    @pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
    def test_facts_and_wish_give_these_commands(self, path: Path) -> None:
        case = json.loads(path.read_text())
        if "refused" in case:
            with pytest.raises(StratusError) as caught:
                shown(case)
            assert case["refused"] in caught.value.message
        else:
            assert shown(case) == case["commands"]

    @pytest.mark.parametrize("stage", ["fresh", "partly", "done"])
    @pytest.mark.parametrize("step", PLANS)
    def test_every_step_has_a_case_where_it_is_new_half_done_and_done(self, step: str, stage: str) -> None:
        cases = [json.loads(path.read_text()) for path in CASES]
        found = [case["commands"] for case in cases if (case["step"], case.get("stage")) == (step, stage)]
        assert found
        assert all(bool(commands) == (stage != "done") for commands in found)
