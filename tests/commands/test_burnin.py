"""stratus burnin: a verdict for every verb, and nothing left of it, however it ends."""

import pytest

from stratus.actions import burnin, records
from stratus.model.requests import BurninRequest
from tests.memory_cloud import ROOT

VERBS = ["run", "reboot", "stop", "start", "kill"]


def left(stratus):
    return [row["name"] for row in stratus.ok("describe -o json").json]


@pytest.mark.slow
def test_a_cloud_that_works_gets_good_verdicts_and_keeps_what_others_have(stratus):
    stratus.ok("run tiny --ram 64 --swap 0 --name mine --wait=running")

    said = stratus.ok("burnin --count 2 --rounds 2")

    lines = [line.split() for line in said.out.splitlines()]
    assert [line[0] for line in lines[1:6]] == VERBS and {line[1] for line in lines[1:6]} == {"good"}
    assert {line[2] for line in lines[1:6]} == {"4"} and said.out.endswith("this cloud does what it should\n")
    assert left(stratus) == ["mine"]


def test_json_has_the_numbers_and_what_the_doctor_said(stratus):
    answer = stratus.ok("burnin --no-ssh --count 1 -o json").json

    assert answer["passed"] and [one["verb"] for one in answer["verdicts"]] == VERBS
    assert all(one["done"] == 1 and 0 < one["min_s"] <= one["max_s"] for one in answer["verdicts"])
    assert answer["diagnosis"]["findings"] == []


@pytest.mark.slow
def test_a_verb_that_fails_is_named_and_what_was_made_is_ended(stratus, node):
    node.hypervisor.broken = "no emulator here"

    said = stratus("burnin --no-ssh")

    assert said.status == 1 and "no emulator here" in said.out
    assert "this cloud does not do all that it should" in said.out
    assert left(stratus) == []


def test_a_guest_that_never_answers_is_given_up_and_ended(stratus):
    stratus.site.reach.answering = ()

    said = stratus("burnin --timeout 0.3 --count 1")

    assert said.status == 1 and "still running after 0 s" in said.out
    assert left(stratus) == []


def test_ctrl_c_ends_what_was_made(stratus):
    def interrupt(phase, done, total):
        if "reboot" in phase:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        burnin.burnin(stratus.site.cloud, BurninRequest(ssh=False), ROOT, interrupt)

    assert left(stratus) == [] and stratus.site.ledger.find(records.ADDRESS) == []


@pytest.mark.slow
def test_it_runs_where_it_is_told(stratus):
    said = stratus("burnin --nodes nowhere")
    assert said.status == 3 and "no node is called nowhere" in said.err
    stratus.ok("burnin --no-ssh --count 1 --nodes node1")


@pytest.mark.slow
def test_without_an_image_it_says_what_to_do(stratus):
    said = stratus("burnin --image nothing")
    assert said.status == 3 and left(stratus) == []
