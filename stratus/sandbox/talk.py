"""What is said to the process of a sandbox about itself: what it shall have, and which faults its nodes have."""

from typing import Any

from stratus.drivers.link.sandbox import SandboxLink
from stratus.model.codec import decode
from stratus.model.values import dataclass
from stratus.sandbox.place import Place
from stratus.sandbox.trouble import Fault


@dataclass(frozen=True)
class Told:
    """A node that has a fault, and for how long."""

    node: str
    fault: str
    left_s: float


def tell(place: Place, node: str, fault: Fault | None, *, for_s: float, by_s: float) -> None:
    """Give a node a fault, or take it away. Raises NotFound, NodeUnreachable (the sandbox does not run)."""
    _call(place, "tell", {"node": node, "fault": fault, "for_s": for_s, "by_s": by_s})


def grow(place: Place, nodes: int, users: int) -> None:
    """Have at least so many nodes and users."""
    _call(place, "grow", {"nodes": nodes, "users": users})


def told(place: Place) -> list[Told]:
    """The faults that nodes have."""
    return [decode(Told, body) for body in _call(place, "told", {})["faults"]]


def _call(place: Place, method: str, params: dict[str, Any]) -> dict[str, Any]:
    place.check()
    link = SandboxLink(str(place.socket), "")
    try:
        return link.call(method, params)
    finally:
        link.close()
