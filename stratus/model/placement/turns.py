"""Who waits for room, and whose turn it is: in the order of arrival, past those who do not fit, but nobody for ever.

What does not fit lets smaller ones pass, so that no room lies idle. But for whoever has waited longest, and long
enough, a node is held: the emptiest of those that would take it if nothing else were there. Nothing else new goes
there, so that the node gets no fuller, and as its instances end there is room. `stratus simulate` plays the same.
Pure."""

import dataclasses
from collections.abc import Iterable, Sequence

from stratus.model.machine_type import MachineType
from stratus.model.node import Node
from stratus.model.placement.choice import fullness
from stratus.model.placement.verdict import could_take
from stratus.model.placement.wish import Rules, Wish
from stratus.model.requests import RunRequest
from stratus.model.values import dataclass

AGEING_S = 3600.0  # so long somebody waits before a node is held
AT_ONCE = 50  # so many are given room in one go, that whoever gives it does not forget everything else


@dataclass(frozen=True)
class Waiting:
    """What an instance was asked for that waits for room, kept until it has some."""

    request: RunRequest
    owner: str
    kind: MachineType
    network: str
    since_s: float
    request_id: str = ""

    def is_over(self, now_s: float, after_s: float) -> bool:
        """Whether it has waited for as long as the site lets anybody wait; 0: for ever."""
        return 0 < after_s <= now_s - self.since_s

    def is_aged(self, now_s: float) -> bool:
        """Whether a node is held for it, if nobody has waited longer."""
        return now_s - self.since_s >= AGEING_S

    @property
    def alike(self) -> object:
        """What is the same of those that a cloud without room for one has no room for either."""
        asked = self.request
        where = (asked.nodes, asked.zone, asked.requirements, asked.together, asked.apart)
        return self.owner, self.kind, self.network, asked.volatile_gib, where


def node_to_hold(wish: Wish, nodes: Iterable[Node], rules: Rules) -> Node | None:
    """The node that is held for one who has waited long; None if none would take it as things are."""
    able = (node for node in nodes if could_take(wish, node, rules))
    return min(able, key=lambda node: (fullness(wish.need, node, rules), node.name), default=None)


def is_possible(wish: Wish, nodes: Sequence[Node], rules: Rules) -> bool:
    """Whether waiting makes sense: some node would take it if it were well, and nothing else were there."""
    alone = dataclasses.replace(wish, together_on="", apart_from=frozenset())
    free = dataclasses.replace(rules, held={})
    well = (dataclasses.replace(node, enabled=True, trouble="", ailments=()) for node in nodes)
    return any(could_take(alone, node, free) for node in well)
