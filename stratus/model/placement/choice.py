"""The choice of a node, by the site's policy: the emptiest that takes the instance, or the fullest. Pure."""

from bisect import insort
from collections.abc import Iterable

from stratus.model.node import Node
from stratus.model.placement import Need, limit
from stratus.model.placement.verdict import takes
from stratus.model.placement.wish import PACK, Rules, Wish
from stratus.model.values import dataclass


@dataclass(frozen=True)
class Choice:
    """The nodes that take a wish, the one that the policy likes best first, and those that refuse, by name."""

    takers: tuple[Node, ...]
    refusers: tuple[Node, ...]


def place(wish: Wish, nodes: Iterable[Node], rules: Rules) -> Node | None:
    """The node that the policy likes best of those that take it, whatever their order; None if none does."""
    takers = (node for node in nodes if takes(wish, node, rules))
    return min(takers, key=lambda node: _rank(wish.need, node, rules), default=None)


def weigh(wish: Wish, nodes: Iterable[Node], rules: Rules) -> Choice:
    """What `place` chooses from, in its order."""
    takers: list[Node] = []
    refusers: list[Node] = []
    for node in nodes:
        (takers if takes(wish, node, rules) else refusers).append(node)
    takers.sort(key=lambda node: _rank(wish.need, node, rules))
    refusers.sort(key=lambda node: node.name)
    return Choice(tuple(takers), tuple(refusers))


def weigh_next(choice: Choice, wish: Wish, best: Node, rules: Rules) -> Choice:
    """What `weigh` would give for one more of the kind when the best taker has become `best`, and only that node says
    anything else than before: it alone is asked."""
    takers, refusers = list(choice.takers[1:]), list(choice.refusers)
    if takes(wish, best, rules):
        insort(takers, best, key=lambda node: _rank(wish.need, node, rules))
    else:
        insort(refusers, best, key=lambda node: node.name)
    return Choice(tuple(takers), tuple(refusers))


def fullness(need: Need, node: Node, rules: Rules) -> float:
    """How full the node would be with it: the share that is promised of whatever it will have least of."""
    most, used = limit(node, rules.ratios), node.used
    return max(
        (used.vcpu + need.vcpu) / (most.vcpu or 1),
        (used.ram_mib + need.ram_mib) / (most.ram_mib or 1),
        (used.disk_mib + need.disk_mib) / (most.disk_mib or 1),
    )


def _rank(need: Need, node: Node, rules: Rules) -> tuple[float, str]:
    """The lower, the better; equals in the order of their names."""
    full = fullness(need, node, rules)
    return (-full if rules.policy == PACK else full), node.name
