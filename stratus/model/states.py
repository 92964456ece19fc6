"""The states of an instance, and which may follow which. The words are those that StratusLab's users know."""

from enum import StrEnum

from stratus.errors import Conflict


class State(StrEnum):
    """Where an instance stands."""

    PENDING = "pending"  # promised; its order waits to be delivered
    PROLOG = "prolog"  # the node prepares disks, context and network
    BOOT = "boot"  # the hypervisor starts it
    RUNNING = "running"
    UNKNOWN = "unknown"  # its node does not answer
    SHUTDOWN = "shutdown"  # asked to power itself off
    STOPPED = "stopped"  # off; its disks and its address are kept
    SUSPENDED = "suspended"
    EPILOG = "epilog"  # the node takes away what it made
    DONE = "done"
    FAILED = "failed"


FOLLOWS: dict[State, frozenset[State]] = {
    State.PENDING: frozenset({State.PROLOG, State.BOOT, State.RUNNING, State.EPILOG, State.DONE, State.FAILED}),
    State.PROLOG: frozenset({State.BOOT, State.RUNNING, State.EPILOG, State.FAILED}),
    State.BOOT: frozenset({State.RUNNING, State.EPILOG, State.FAILED}),
    State.RUNNING: frozenset({State.SHUTDOWN, State.STOPPED, State.EPILOG, State.UNKNOWN, State.FAILED}),
    State.UNKNOWN: frozenset({State.RUNNING, State.STOPPED, State.SHUTDOWN, State.EPILOG, State.FAILED}),
    State.SHUTDOWN: frozenset({State.STOPPED, State.EPILOG, State.RUNNING, State.DONE, State.FAILED, State.UNKNOWN}),
    State.STOPPED: frozenset({State.PENDING, State.EPILOG, State.RUNNING, State.FAILED}),
    State.SUSPENDED: frozenset({State.PENDING, State.RUNNING, State.EPILOG, State.FAILED}),
    State.EPILOG: frozenset({State.DONE, State.FAILED}),
    State.FAILED: frozenset({State.PENDING, State.EPILOG, State.DONE}),
    State.DONE: frozenset(),
}

SETTLED = frozenset({State.RUNNING, State.STOPPED, State.SUSPENDED, State.DONE, State.FAILED})


def check_move(now: State, then: State) -> None:
    """Raise Conflict unless `then` may follow `now`; a state may always follow itself."""
    if now != then and then not in FOLLOWS[now]:
        raise Conflict(f"an instance that is {now} cannot become {then}")
