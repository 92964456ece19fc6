"""The doors of one node, as the agent is handed them."""

from dataclasses import dataclass
from typing import Protocol

from stratus.drivers.disks.protocol import Disks
from stratus.drivers.hypervisor.protocol import Hypervisor
from stratus.drivers.network.protocol import Network


class Verifier(Protocol):
    """The part of the image store that a node needs: does the content still have its checksums?"""

    def verify(self, identifier: str) -> None:
        """Raise BadInput if it changed, NotFound if it is not here."""
        ...


@dataclass(frozen=True)
class Doors:
    """Everything outside that an order may touch."""

    hypervisor: Hypervisor
    disks: Disks
    network: Network
    images: Verifier
