"""The doors of one node, as the agent is handed them."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from stratus.drivers.disks.protocol import Disks
from stratus.drivers.hypervisor.protocol import Hypervisor
from stratus.drivers.network.protocol import Network
from stratus.model.image import ImageFacts
from stratus.model.inspection import ImageSeen
from stratus.model.paths import DEFAULT_STATE_DIR
from stratus.model.values import dataclass


class Verifier(Protocol):
    """The part of the image store that a node needs: images that are sent, and whether each still is what it was."""

    def get(self, identifier: str) -> ImageFacts | None:
        """What was found out when it came, or None."""
        ...

    def survey(self) -> tuple[ImageSeen, ...]:
        """Every image with its health."""
        ...

    def receive(self, facts: ImageFacts, offset: int, piece: bytes) -> int:
        """Take a piece of an image that is sent here: how much of it is here now; see Shelf."""
        ...

    def delete(self, identifier: str) -> None:
        """Take it away; nothing happens if it is not here."""
        ...

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
    state_dir: str = DEFAULT_STATE_DIR  # outside of it no order writes
    statvfs: Callable[[Path], os.statvfs_result] = os.statvfs  # of the file systems of the state directory
    superseded: Callable[[], bool] = lambda: False  # a newer order makes it senseless to wait for a guest any longer
