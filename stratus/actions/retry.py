"""Trying again when somebody else changed the same document first."""

from collections.abc import Callable
from typing import TypeVar

from stratus.cloud import Cloud
from stratus.errors import LedgerConflict

T = TypeVar("T")
ATTEMPTS = 500


def on_conflict(cloud: Cloud, deed: Callable[[], T]) -> T:
    """What `deed` gives; it is called again, with everything read anew, as long as it meets a LedgerConflict.

    Each conflict means that somebody else's commit succeeded, so that the whole always moves on."""
    for attempt in range(ATTEMPTS):
        try:
            return deed()
        except LedgerConflict:
            import random  # it is rarely needed, and takes long to load

            cloud.pause(random.uniform(0.0, min(0.05, 0.001 * (attempt + 1))))
    return deed()
