"""A decision as it was taken: what every node said, in numbers, kept for `why`. Pure."""

from collections.abc import Iterator

from stratus.model.node import Node
from stratus.model.placement import Need, room
from stratus.model.placement.choice import Choice, fullness
from stratus.model.placement.verdict import verdict
from stratus.model.placement.wish import PACK, Rules, Wish
from stratus.model.values import dataclass

MOST = 50  # nodes whose answers are kept; of larger clouds the best, and some of those that refused


@dataclass(frozen=True)
class Answer:
    """What one node said: why not, or how full it would have been, and what was free before."""

    node: str
    refusal: str  # "" if it would have taken it
    full: float  # the share that would be promised of what it would have least of
    free: Need


@dataclass(frozen=True)
class Decision:
    """Why an instance is on its node."""

    at_s: float
    policy: str
    wish: str  # what was asked for, in words
    answers: tuple[Answer, ...]  # the node that was chosen comes first, then those that would have taken it
    nodes: int  # how many were asked
    took: int  # how many of them would have taken it


def decision_of(wish: Wish, choice: Choice, rules: Rules, at_s: float) -> Decision:
    """The decision that a choice was."""
    takers = choice.takers[: MOST - min(len(choice.refusers), MOST // 2)]
    asked = (*takers, *choice.refusers[: MOST - len(takers)])
    nodes = len(choice.takers) + len(choice.refusers)
    answers = tuple(_answer(wish, node, rules) for node in asked)
    return Decision(at_s, rules.policy, words_of(wish), answers, nodes, len(choice.takers))


def words_of(wish: Wish) -> str:
    """A wish in words."""
    need = wish.need
    asked = (
        ("in zone", wish.zone),
        ("where", wish.requirements.text),
        ("together with group", wish.together),
        ("apart from the rest of group", wish.apart),
    )
    amounts = f"{need.vcpu} CPU, {need.ram_mib} MiB of RAM, {need.disk_mib} MiB of disk"
    return amounts + "".join(f", {said} {what}" for said, what in asked if what)


def lines(decision: Decision) -> Iterator[str]:
    """What people read: the choice, then each node's answer."""
    likes = "the fullest" if decision.policy == PACK else "the emptiest"
    chosen, asked, took = decision.answers[0], decision.nodes, decision.took
    yield f"{chosen.node} was chosen for {decision.wish}: {likes} of the {took} that would take it, of {asked} asked"
    yield from (f"{each.node}: {_words(each)}" for each in decision.answers)
    if left := asked - len(decision.answers):
        yield f"and {left} more, whose answers were not kept"


def _answer(wish: Wish, node: Node, rules: Rules) -> Answer:
    refusal = verdict(wish, node, rules).refusal
    return Answer(node.name, refusal, round(fullness(wish.need, node, rules), 4), room(node, rules.ratios))


def _words(answer: Answer) -> str:
    if answer.refusal:
        return answer.refusal
    cpu, ram, disk = answer.free.vcpu, answer.free.ram_mib, answer.free.disk_mib
    return f"{answer.full:.0%} full with it; free before: {cpu} CPU, {ram} MiB of RAM, {disk} MiB of disk"
