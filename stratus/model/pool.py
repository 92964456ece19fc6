"""Pools of addresses, and the rule by which the next one is chosen. Pure: who holds what is told by the caller."""

import ipaddress
import re
from collections.abc import Container, Iterator

from stratus.errors import BadInput
from stratus.model.values import dataclass

MAC_PREFIX = "02:00"
_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")


@dataclass(frozen=True)
class Listed:
    """The addresses that the administrator wrote down, each with its MAC."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Range:
    """All addresses from `first` to `last` but the reserved ones; each MAC is made from the address."""

    first: str
    last: str
    reserved: tuple[str, ...] = ()
    mac_prefix: str = MAC_PREFIX


Pool = Listed | Range


def mac_of(address: str, prefix: str = MAC_PREFIX) -> str:
    """The MAC that carries an IPv4 address: two bytes of prefix, then the address."""
    octets = _ipv4(address).packed
    return ":".join([prefix, *(f"{octet:02x}" for octet in octets)])


def address_of(mac: str) -> str:
    """The IPv4 address that a MAC made by `mac_of` carries. Raises BadInput."""
    if not _MAC.fullmatch(mac.lower()):
        raise BadInput(f"{mac!r} is not a MAC")
    return str(ipaddress.IPv4Address(bytes.fromhex(mac.replace(":", ""))[2:]))


def size(pool: Pool) -> int:
    """How many instances the pool has addresses for."""
    if isinstance(pool, Listed):
        return len(pool.pairs)
    first, last = _bounds(pool)
    return max(0, last - first + 1 - sum(1 for address in set(pool.reserved) if first <= int(_ipv4(address)) <= last))


def next_free(pool: Pool, taken: Container[str], *, start: str = "") -> tuple[str, str] | None:
    """The first address, with its MAC, that is not in `taken`; None when all are.

    The search begins behind `start`, usually the address given out last, and wraps around: so it is short however
    many are taken, and an address that was given back rests as long as possible.
    """
    for address, mac in _in_order(pool, start):
        if address not in taken:
            return address, mac or mac_of(address, MAC_PREFIX if isinstance(pool, Listed) else pool.mac_prefix)
    return None


def lease_for(pool: Pool, address: str) -> tuple[str, str]:
    """The address that a user asked for, with its MAC. Raises BadInput if the pool does not have it."""
    wanted = _ipv4(address)
    if isinstance(pool, Listed):
        for listed, mac in pool.pairs:
            if listed == str(wanted):
                return listed, mac
    else:
        first, last = _bounds(pool)
        if first <= int(wanted) <= last and str(wanted) not in pool.reserved:
            return str(wanted), mac_of(str(wanted), pool.mac_prefix)
    raise BadInput(f"{address} is not an address of this network: it has {describe(pool)}", hint="leave --address out")


def describe(pool: Pool) -> str:
    """The pool in a few words."""
    if isinstance(pool, Range):
        return f"{pool.first} to {pool.last}"
    if len(pool.pairs) > 4:
        return f"{len(pool.pairs)} addresses from {pool.pairs[0][0]} to {pool.pairs[-1][0]}"
    return ", ".join(address for address, _ in pool.pairs) or "none"


def _in_order(pool: Pool, start: str) -> Iterator[tuple[str, str]]:
    """Every address once, beginning behind `start`; the MAC is empty where it has to be made."""
    if isinstance(pool, Listed):
        found = [place for place, (address, _) in enumerate(pool.pairs) if address == start]
        cut = found[0] + 1 if found else 0
        yield from (*pool.pairs[cut:], *pool.pairs[:cut])
        return
    first, last = _bounds(pool)
    after = int(_ipv4(start)) + 1 if start else first
    begin = after if first <= after <= last else first
    for numbers in (range(begin, last + 1), range(first, begin)):
        for number in numbers:
            address = f"{number >> 24}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
            if address not in pool.reserved:
                yield address, ""


def _bounds(pool: Range) -> tuple[int, int]:
    return int(_ipv4(pool.first)), int(_ipv4(pool.last))


def _ipv4(address: str) -> ipaddress.IPv4Address:
    try:
        return ipaddress.IPv4Address(address)
    except ValueError as error:
        raise BadInput(f"{address!r} is not an IPv4 address") from error
