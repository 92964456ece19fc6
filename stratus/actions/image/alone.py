"""Being alone with an image: content and ledger are changed together, by one process at a time."""

from collections.abc import Iterator
from contextlib import contextmanager

from stratus.cloud import Cloud
from stratus.errors import DeadlineExceeded

LEASE_S = 60.0
PAUSE_S = 0.02


@contextmanager
def alone(cloud: Cloud, identifier: str) -> Iterator[None]:
    """Nobody else names or deletes this image meanwhile. Raises DeadlineExceeded when somebody does so for too long."""
    name, owner = f"image/{identifier}", cloud.owner()
    deadline = cloud.monotonic() + LEASE_S
    while (lease := cloud.ledger.acquire(name, owner, LEASE_S)) is None:
        if cloud.monotonic() > deadline:
            raise DeadlineExceeded(f"somebody else is at work on image {identifier}", hint="stratus image list")
        cloud.pause(PAUSE_S)
    try:
        yield
    finally:
        cloud.ledger.release(lease)
