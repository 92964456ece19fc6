"""Every check by data: checks/*.json hold what a machine is like, and the verdict with its mend that follows."""

import json
from pathlib import Path
from typing import Any

import pytest

from stratus.install.checks import CHECKS
from stratus.install.checks.verdict import FAILED, OK, WARNING, Verdict
from stratus.install.facts import Facts, Wish
from stratus.install.survey import Survey
from stratus.model.codec import decode
from tests.install.test_steps import WISH

HERE = Path(__file__).parent
CASES = sorted((HERE / "checks").glob("*.json"))
LISTINGS = HERE.parent / "model" / "firewalls"


def verdict(case: dict[str, Any]) -> Verdict:
    survey = {**case.get("survey", {})}
    if "ruleset" in survey:  # the name of a listing that was recorded
        survey["ruleset"] = (LISTINGS / f"{survey['ruleset']}.json").read_text()
    wish = decode(Wish, {**WISH, **case.get("wish", {})})
    return CHECKS[case["check"]](decode(Facts, case.get("facts", {})), decode(Survey, survey), wish)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_machine_like_this_gets_this_verdict(path: Path) -> None:
    case = json.loads(path.read_text())
    assert verdict(case) == Verdict(case["check"], case["verdict"], case["says"], case.get("mend", ""))


@pytest.mark.parametrize("name", CHECKS)
def test_every_check_has_a_case_that_is_well_and_one_that_is_not(name: str) -> None:
    cases = [json.loads(path.read_text()) for path in CASES]
    verdicts = {case["verdict"] for case in cases if case["check"] == name}
    assert OK in verdicts
    assert verdicts & {WARNING, FAILED}


def test_what_is_not_well_names_a_mend_and_what_is_well_needs_none() -> None:
    for path in CASES:
        case = json.loads(path.read_text())
        assert bool(case.get("mend")) == (case["verdict"] != OK), path.stem
