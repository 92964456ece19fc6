"""What a user requires of a node: `CPUS >= 8 & (NAME = "node*" | GPU = yes)`. Read once, asked of every node. Pure.

The words are those of OpenNebula's REQUIREMENTS, which StratusLab handed on with --vm-requirements."""

from stratus.model.node import Node
from stratus.model.placement.requirements.facts import facts_of
from stratus.model.placement.requirements.terms import Term
from stratus.model.values import dataclass


@dataclass(frozen=True)
class Requirements:
    """An expression as it was typed, and as it was understood; without any, every node will do."""

    text: str = ""
    term: Term | None = None

    def refusal(self, node: Node) -> str:
        """What the node does not meet, with what it has instead; "" if it will do."""
        if self.term is None:
            return ""
        missed = self.term.missed(facts_of(node))
        return f"it does not meet {missed}" if missed else ""
