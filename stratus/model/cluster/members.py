"""Who a cluster is made of: the master, who comes first, and the workers."""

from collections.abc import Sequence

from stratus.model.values import dataclass


@dataclass(frozen=True)
class Member:
    """An instance that is part of a cluster."""

    id: int
    name: str
    address: str
    cores: int
    node: str = ""
    host: str = ""  # what the members call it: master, worker-0 ...

    @property
    def is_master(self) -> bool:
        """Whether it is the one that shares its folder."""
        return self.host == MASTER

    @property
    def names(self) -> tuple[str, ...]:
        """All that it is called by."""
        return tuple(dict.fromkeys((self.name, self.host, self.address)))


MASTER = "master"


def numbered(members: Sequence[Member]) -> tuple[Member, ...]:
    """The same with the names that they have for one another: the first is the master; workers count from 0."""
    return tuple(
        Member(one.id, one.name, one.address, one.cores, one.node, f"worker-{place - 1}" if place else MASTER)
        for place, one in enumerate(members)
    )


def working(members: Sequence[Member], include_master: bool) -> tuple[Member, ...]:
    """Those that work gets sent to."""
    return tuple(one for one in members if include_master or not one.is_master)
