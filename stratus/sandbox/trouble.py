"""Faults on request: what is wrong with one played node, and how its agent meets it."""

import threading
import time
from collections.abc import Callable
from enum import StrEnum

from stratus.errors import DeadlineExceeded, NoCapacity, NodeUnreachable
from stratus.model.values import dataclass

HANG_S = 6.0  # what a node's agent allows its libvirt
PARTS = ("hypervisor", "disks", "network")
_MAKES = ("make_directory", "clone", "make", "write_context", "write_record")


class Fault(StrEnum):
    """What may be wrong with a node."""

    HANG = "hang"  # the hypervisor does not answer
    CRASH = "crash"  # the agent dies once, between doing a step and noting it
    SLOW = "slow"  # everything that is done takes long
    PARTITION = "partition"  # no call gets through
    DISK_FULL = "disk-full"  # nothing new can be written
    REBOOT = "reboot"  # the machine was started anew: guests are off, the kernel has nothing of networks


class Died(BaseException):
    """The agent's process is no more. No code of the agent survives it, whatever it catches."""


@dataclass(frozen=True)
class Told:
    """A fault that was asked for; it ends at `until_s` of the monotonic clock."""

    fault: Fault
    until_s: float
    by_s: float


class Trouble:
    """The fault of one node, if it has one. Safe to use from many threads."""

    def __init__(self, node: str, clock: Callable[[], float] = time.monotonic, *, hang_s: float = HANG_S) -> None:
        self._node, self._clock, self._hang_s = node, clock, hang_s
        self._changed = threading.Condition()
        self._told: Told | None = None

    def tell(self, told: Told | None) -> None:
        """Have this fault, and no other; None: be well."""
        with self._changed:
            self._told = told
            self._changed.notify_all()

    def told(self) -> Told | None:
        """The fault, while it lasts."""
        with self._changed:
            if self._told is not None and self._clock() >= self._told.until_s:
                self._told = None
            return self._told

    def has(self, fault: Fault) -> bool:
        """Whether that is what is wrong."""
        told = self.told()
        return told is not None and told.fault is fault

    def left_s(self) -> float:
        """How long it will last; 0 without one."""
        told = self.told()
        return max(0.0, told.until_s - self._clock()) if told else 0.0

    def meet(self, part: str, method: str) -> None:
        """What a call of the agent to one of its doors meets. Raises Died, DeadlineExceeded, NoCapacity."""
        told = self.told()
        if told is None:
            return
        if told.fault is Fault.HANG and part == "hypervisor":
            if self._lasts(told, self._hang_s):
                raise DeadlineExceeded(
                    f"{method}: the hypervisor did not answer within {self._hang_s:g} s",
                    hint=f"stratus sandbox fault {self._node} none",
                )
        elif told.fault is Fault.SLOW and part in PARTS:
            self._lasts(told, told.by_s)
        elif told.fault is Fault.DISK_FULL and part == "disks" and method in _MAKES:
            raise NoCapacity("No space left on device", hint=f"stratus sandbox fault {self._node} none")
        elif told.fault is Fault.CRASH and (part, method) == ("journal", "finish"):
            self.tell(None)
            raise Died

    def check_reachable(self) -> None:
        """Raises NodeUnreachable while nothing gets through."""
        if self.has(Fault.PARTITION):
            raise NodeUnreachable(
                f"{self._node}: it is cut off from the front end", hint=f"stratus sandbox fault {self._node} none"
            )

    def _lasts(self, told: Told, at_most_s: float) -> bool:
        """Wait while the fault lasts, but not longer than that; whether it lasted so long."""
        with self._changed:
            return not self._changed.wait_for(lambda: self.told() is not told, at_most_s)
