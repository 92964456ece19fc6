"""What a request takes and gives back, with what is free before and after it: the numbers of a plan. Pure."""

import math
from collections.abc import Iterable, Iterator
from itertools import groupby

from stratus.model.addresses import AddressClass, describe, size
from stratus.model.instance import Instance
from stratus.model.placement import Need
from stratus.model.quota import WORDS, Quota, Usage
from stratus.model.states import State
from stratus.model.values import dataclass

_MIB = 1024 * 1024


@dataclass(frozen=True)
class Amount:
    """So much of what there is a limited amount of."""

    takes: int | None  # below 0: it gives back; None: nobody knows before it is there
    free_before: int
    free_after: int | None


@dataclass(frozen=True)
class AddressUse:
    """An address that is taken (1) or given back (-1), and how many instances its network still has addresses for."""

    address: str
    mac: str
    network: str
    range: str
    takes: int
    free_before: int
    free_after: int


@dataclass(frozen=True)
class QuotaUse:
    """What a plan takes of one thing that is limited for its owner, or for a group of theirs."""

    whose: str
    what: str  # as Quota calls it
    takes: int  # below 0: it gives back
    held_before: int
    held_after: int
    limit: int


@dataclass(frozen=True)
class Takes:
    """What one plan takes. None: it neither takes nor gives back any of it."""

    cpu: Amount | None = None
    ram_mib: Amount | None = None
    disk_mib: Amount | None = None
    address: AddressUse | None = None
    quota: tuple[QuotaUse, ...] = ()  # of what is limited only

    def lines(self) -> tuple[tuple[str, str], ...]:
        """The names and the texts that people read."""
        amounts = (("cpu", self.cpu, ""), ("ram", self.ram_mib, " MiB"), ("disk", self.disk_mib, " MiB"))
        shown = [(name, _amount(amount, unit)) for name, amount, unit in amounts if amount is not None]
        address = [("address", _address(self.address))] if self.address else []
        return (*shown, *address, *(("quota", text) for text in _quotas(self.quota)))


def need_of(instance: Instance, goal: State) -> Need:
    """What the way to `goal` takes from the node; negative: what it gives back."""
    capacity = Need(instance.cpu, instance.ram_mib, 0)
    if goal is State.RUNNING:
        return Need(0, 0, 0) if instance.holds_capacity else capacity
    held = capacity if instance.holds_capacity else Need(0, 0, 0)
    disk_mib = instance.disk_mib if goal is State.DONE and instance.holds_lease else 0
    return Need(-held.vcpu, -held.ram_mib, -disk_mib)


def taken(need: Need, free: Need, address: AddressUse | None, quota: tuple[QuotaUse, ...] = ()) -> Takes:
    """`need` taken from what is `free` on a node, an address, and what of it is limited for the owner."""
    cpu, ram_mib, disk_mib = (
        Amount(takes, max(0, had), max(0, had - takes)) if takes else None
        for takes, had in ((need.vcpu, free.vcpu), (need.ram_mib, free.ram_mib), (need.disk_mib, free.disk_mib))
    )
    return Takes(cpu, ram_mib, disk_mib, address, quota)


def quota_use(whose: str, quota: Quota, before: Usage, after: Usage) -> tuple[QuotaUse, ...]:
    """What changes of all that the quota limits."""
    held = ((name, before.of(name), after.of(name), limit) for name, limit in quota.limits())
    return tuple(QuotaUse(whose, name, now - had, had, now, limit) for name, had, now, limit in held if now != had)


def disk_of(size_bytes: int | None, free_bytes: int) -> Amount:
    """The disk that an image's file takes of what is free, in whole MiB; None: not known yet."""
    before = free_bytes // _MIB
    if size_bytes is None:
        return Amount(None, before, None)
    takes = round(math.copysign(math.ceil(abs(size_bytes) / _MIB), size_bytes))
    return Amount(takes, before, max(0, before - takes))


def address_use(instance: Instance, network: AddressClass | None, free: int, *, takes: int) -> AddressUse:
    """The instance's address taken (1) or given back (-1) while `free` are; None: the site has no such network now."""
    lease, pool = instance.lease, describe(network.pool) if network else ""
    return AddressUse(lease.address, lease.mac, lease.network, pool, takes, free, max(0, free - takes))


def free_addresses(network: AddressClass, taken: int) -> int:
    """How many addresses of a network are free when so many are taken."""
    return max(0, size(network.pool) - taken)


def _amount(amount: Amount, unit: str) -> str:
    if amount.takes is None:
        return f"not known before it is here ({amount.free_before}{unit} free before)"
    verb = "gives back " if amount.takes < 0 else ""
    return f"{verb}{abs(amount.takes)}{unit} ({amount.free_before}{unit} free before, {amount.free_after}{unit} after)"


def _address(use: AddressUse) -> str:
    verb = "gives back " if use.takes < 0 else ""
    left = f"; of {use.range}: {use.free_before} free before, {use.free_after} after" if use.range else ""
    return f"{verb}{use.address} ({use.network}, {use.mac}{left})"


def _quotas(uses: Iterable[QuotaUse]) -> Iterator[str]:
    for whose, group in groupby(uses, lambda use: use.whose):
        yield f"{whose}: {'; '.join(map(_quota, group))}"


def _quota(use: QuotaUse) -> str:
    word, unit = WORDS[use.what]
    return f"{word} {use.held_before} of {use.limit}{unit} before, {use.held_after}{unit} after"
