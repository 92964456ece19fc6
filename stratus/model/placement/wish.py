"""What an instance wants of its node, and the site's rules, as every node is held against them. Pure."""

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import field

from stratus.errors import BadInput
from stratus.model.placement import Need, Ratios
from stratus.model.placement.requirements import Requirements
from stratus.model.values import dataclass

SPREAD, PACK = "spread", "pack"
_GROUP = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,62})?\Z")


@dataclass(frozen=True)
class Wish:
    """What one instance takes, and what its node must be."""

    need: Need
    zone: str = ""
    requirements: Requirements = field(default_factory=Requirements)
    together: str = ""  # a group whose members are all on one node
    together_on: str = ""  # that node; "" while there is no member
    apart: str = ""  # a group whose members are each on a node of their own
    apart_from: frozenset[str] = frozenset()  # those nodes

    def placed_on(self, node: str) -> "Wish":
        """The wish of the next one in the same groups, when this one is placed."""
        return dataclasses.replace(
            self,
            together_on=node if self.together else "",
            apart_from=self.apart_from | {node} if self.apart else frozenset(),
        )


@dataclass(frozen=True)
class Rules:
    """How the site places, and what is set aside on nodes for others than the one who asks."""

    ratios: Ratios = field(default_factory=Ratios)
    policy: str = SPREAD  # spread | pack
    kept: Mapping[str, Need] = field(default_factory=dict)  # node -> what reservations keep there
    held: Mapping[str, str] = field(default_factory=dict)  # node -> for whom it is held, who has waited long


def checked_group(text: str) -> str:
    """The name of a group, if it is one. Raises BadInput."""
    if text and not _GROUP.match(text):
        raise BadInput(f"{text[:80]!r} is no name of a group", hint="use letters, digits, '.', '_' and '-', at most 63")
    return text
