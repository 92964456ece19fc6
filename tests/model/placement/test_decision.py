"""What is kept of a decision for `why`: everything, or of a large cloud the best and some of those that refused."""

import pytest

from stratus.model.codec import decode, encode
from stratus.model.placement import Need
from stratus.model.placement.choice import weigh
from stratus.model.placement.decision import MOST, Decision, decision_of, lines
from stratus.model.placement.requirements.parser import requirements_of
from stratus.model.placement.wish import PACK, Rules, Wish
from tests.model import samples

WISH = Wish(Need(1, 1024, 0))


def decided(takers, refusers, wish=WISH, rules=None):
    nodes = [samples.node(f"a{n:03}") for n in range(takers)]
    nodes += [samples.node(f"z{n:03}", enabled=False) for n in range(refusers)]
    rules = rules or Rules()
    return decision_of(wish, weigh(wish, nodes, rules), rules, 1000.0)


@pytest.mark.parametrize(
    ("takers", "refusers", "kept", "kept_takers"),
    [
        (2, 3, 5, 2),
        (MOST, 0, MOST, MOST),
        (1, 100, MOST, 1),
        (100, 1, MOST, 49),
        (100, 100, MOST, 25),
        (40, 40, MOST, 25),
    ],
)
def test_of_a_large_cloud_the_best_are_kept_and_some_that_refused(takers, refusers, kept, kept_takers):
    decision = decided(takers, refusers)
    assert (decision.nodes, decision.took, len(decision.answers)) == (takers + refusers, takers, kept)
    assert sum(not answer.refusal for answer in decision.answers) == kept_takers
    assert decision.answers[0].node == "a000" and not decision.answers[0].refusal
    left = takers + refusers - kept
    told = list(lines(decision))
    assert len(told) == 1 + kept + bool(left) and (not left or told[-1].startswith(f"and {left} more"))


def test_a_decision_is_told_with_what_was_asked_and_every_answer_in_numbers():
    wish = Wish(Need(1, 1024, 0), "", requirements_of("CPUS > 2"), together="db", apart="web")
    assert list(lines(decided(1, 1, wish, Rules(policy=PACK)))) == [
        "a000 was chosen for 1 CPU, 1024 MiB of RAM, 0 MiB of disk, where CPUS > 2, together with group db, apart from"
        " the rest of group web: the fullest of the 1 that would take it, of 2 asked",
        "a000: 6% full with it; free before: 128 CPU, 16384 MiB of RAM, 100000 MiB of disk",
        "z000: it is disabled",
    ]


def test_a_decision_is_read_again_as_it_was():
    decision = decided(2, 2)
    assert decode(Decision, encode(decision)) == decision
