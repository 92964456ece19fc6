"""Reservations: room on a node that is kept for one owner, until a moment. Pure."""

from collections.abc import Iterable, Sequence

from stratus.model.instance import Instance
from stratus.model.node import Node, Reservation
from stratus.model.placement import Need


def in_force(node: Node, now_s: float) -> tuple[Reservation, ...]:
    """The reservations of a node that have not ended."""
    return tuple(each for each in node.reservations if not each.until_s or each.until_s > now_s)


def for_others(node: Node, asker: str, now_s: float) -> tuple[Reservation, ...]:
    """Those that keep room from the one who asks."""
    return tuple(each for each in in_force(node, now_s) if each.owner != asker)


def kept(reservations: Iterable[Reservation], there: Sequence[Instance]) -> Need:
    """What they keep besides what their owners' instances take already; `there` are the instances on the node."""
    left = [_left(each, [one for one in there if one.owner == each.owner]) for each in reservations]
    return Need(sum(n.vcpu for n in left), sum(n.ram_mib for n in left), sum(n.disk_mib for n in left))


def _left(reservation: Reservation, theirs: Sequence[Instance]) -> Need:
    awake = [one for one in theirs if one.holds_capacity]
    return Need(
        max(0, reservation.vcpu - sum(one.cpu for one in awake)),
        max(0, reservation.ram_mib - sum(one.ram_mib for one in awake)),
        max(0, reservation.disk_mib - sum(one.disk_mib for one in theirs)),
    )
