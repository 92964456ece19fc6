"""How much a user or a group may hold at once, how much they hold, and whether more of it fits. Pure."""

import dataclasses
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from stratus.model.values import dataclass

if TYPE_CHECKING:  # which brings much along, and whoever asks for a quota alone needs none of it
    from stratus.model.instance import Instance

UNLIMITED = -1  # said plainly, where None leaves it to the site's default


@dataclass(frozen=True)
class Quota:
    """At most so much at once. None: nothing is said, so that the site's default holds for a user, and no limit for a
    group."""

    instances: int | None = None
    cpu: int | None = None
    ram_mib: int | None = None
    disk_gib: int | None = None
    volumes: int | None = None
    addresses: int | None = None

    def over(self, default: "Quota") -> "Quota":
        """This one, with `default` where it says nothing."""
        said = {name: getattr(self, name) for name in NAMES}
        return Quota(**{name: getattr(default, name) if limit is None else limit for name, limit in said.items()})

    def limits(self) -> Iterator[tuple[str, int]]:
        """What is limited, and to how much."""
        for name in NAMES:
            limit = getattr(self, name)
            if limit is not None and limit != UNLIMITED:
                yield name, limit


@dataclass(frozen=True)
class Usage:
    """What an owner holds, or the members of a group together; or a change of it."""

    instances: int = 0  # those that hold their disk and address: not done, and not failed before they were
    cpu: int = 0  # of those that are not off
    ram_mib: int = 0
    disk_mib: int = 0  # swap and volatile disks
    volumes: int = 0
    addresses: int = 0

    def plus(self, other: "Usage") -> "Usage":
        """The sum."""
        return Usage(*(getattr(self, name) + getattr(other, name) for name in FIELDS))

    def minus(self, other: "Usage") -> "Usage":
        """The difference."""
        return Usage(*(getattr(self, name) - getattr(other, name) for name in FIELDS))

    def not_below_nothing(self) -> "Usage":
        """The same, with nothing where it is less than that."""
        return Usage(*(max(0, getattr(self, name)) for name in FIELDS))

    @property
    def is_nothing(self) -> bool:
        """Whether nothing is held."""
        return self == Usage()

    def of(self, name: str) -> int:
        """How much of what a quota calls `name`; a GiB that was begun counts whole."""
        return -(-self.disk_mib // 1024) if name == "disk_gib" else int(getattr(self, name))


@dataclass(frozen=True)
class Excess:
    """What does not fit: so much is held, so much more is wanted, and that is the limit."""

    name: str
    held: int
    wanted: int
    limit: int


def said(one: Excess) -> str:
    """An excess in words: instances: 2 more wanted, 4 of 5 held."""
    word, unit = WORDS[one.name]
    return f"{word}: {one.wanted}{unit} more wanted, {one.held} of {one.limit}{unit} held"


def said_all(held: Usage) -> str:
    """What is held, in words."""
    return (
        f"{held.cpu} CPU, {held.ram_mib} MiB, {held.disk_mib} MiB of disk, {held.volumes} volumes and "
        f"{held.addresses} addresses for {held.instances} instances"
    )


NAMES = tuple(field.name for field in dataclasses.fields(Quota))
FIELDS = tuple(field.name for field in dataclasses.fields(Usage))
WORDS = {
    "instances": ("instances", ""),
    "cpu": ("CPU", ""),
    "ram_mib": ("RAM", " MiB"),
    "disk_gib": ("disk", " GiB"),
    "volumes": ("volumes", ""),
    "addresses": ("addresses", ""),
}


def held_by(instance: "Instance") -> Usage:
    """What an instance takes of its owner's quota as it stands."""
    cpu, ram_mib = (instance.cpu, instance.ram_mib) if instance.holds_capacity else (0, 0)
    if not instance.holds_lease:
        return Usage(cpu=cpu, ram_mib=ram_mib)
    return Usage(1, cpu, ram_mib, instance.disk_mib, addresses=1)


def total(instances: "Iterable[Instance]") -> Usage:
    """What they hold together."""
    held = Usage()
    for instance in instances:
        held = held.plus(held_by(instance))
    return held


def excess(quota: Quota, held: Usage, wanted: Usage) -> tuple[Excess, ...]:
    """Everything of which more is wanted than the quota still has. What is over it already hinders nothing that wants
    no more of it."""
    return tuple(
        Excess(name, held.of(name), held.plus(wanted).of(name) - held.of(name), limit)
        for name, limit in quota.limits()
        if wanted.of(name) > 0 and held.plus(wanted).of(name) > limit
    )
