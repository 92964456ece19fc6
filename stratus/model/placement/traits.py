"""What an administrator says of a node: its zone, its labels, whether it takes anything new, for whom it keeps room."""

import dataclasses
import re

from stratus.errors import BadInput, NotFound
from stratus.model.moments import iso
from stratus.model.node import Node, Reservation
from stratus.model.placement.zones import checked_zone
from stratus.model.requests import ChangeNodeRequest

_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]{0,62}\Z")
_USER = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9._@+-]{0,62})?\Z")
MAX_VALUE = 255


def check(request: ChangeNodeRequest) -> None:
    """Raises BadInput for what no node could be."""
    checked_zone(request.zone or "")
    for key, value in request.labels:
        _checked_key(key)
        _checked_value(value)


def changed(node: Node, request: ChangeNodeRequest) -> Node:
    """The node as the request wants it. Raises BadInput, and NotFound for what it does not have."""
    labels = dict(node.labels)
    for key in request.without:
        if labels.pop(key, None) is None:
            raise NotFound(f"{node.name} has no label {key}", hint="stratus node list -o json")
    labels |= {_checked_key(key): _checked_value(value) for key, value in request.labels}
    return dataclasses.replace(
        node,
        zone=node.zone if request.zone is None else checked_zone(request.zone),
        labels=tuple(sorted(labels.items())),
        enabled=node.enabled if request.enabled is None else request.enabled,
        reservations=_reservations(node, request.reserve, request.free),
    )


def differences(before: Node, after: Node) -> tuple[str, ...]:
    """What changes, a line each."""
    pairs = (
        ("zone", before.zone, after.zone),
        ("new instances", _enabled(before), _enabled(after)),
        ("labels", _labels(before), _labels(after)),
        ("reserved", _kept(before), _kept(after)),
    )
    return tuple(f"{what}: {was or 'none'} -> {is_now or 'none'}" for what, was, is_now in pairs if was != is_now)


def _reservations(node: Node, new: Reservation | None, free: str) -> tuple[Reservation, ...]:
    owners = {each.owner for each in node.reservations}
    if free and free not in owners:
        raise NotFound(f"nothing is reserved for {free} on {node.name}", hint="stratus node list -o json")
    if new and not _USER.match(new.owner):
        raise BadInput(f"{new.owner[:80]!r} is no name of a user", hint="use letters, digits and . _ @ + -, at most 63")
    if new and min(new.vcpu, new.ram_mib, new.disk_mib) < 0:
        raise BadInput("nothing less than nothing can be reserved")
    gone = {free, new.owner if new else ""}
    left = tuple(each for each in node.reservations if each.owner not in gone)
    return tuple(sorted((*left, *((new,) if new else ())), key=lambda each: each.owner))


def _checked_key(key: str) -> str:
    if not _KEY.match(key):
        raise BadInput(f"{key[:80]!r} is no name of a label", hint="use letters, digits and _ . / -, at most 63")
    return key


def _checked_value(value: str) -> str:
    if len(value) > MAX_VALUE or not value.isprintable():
        raise BadInput(f"{value[:80]!r} is no value of a label", hint=f"use at most {MAX_VALUE} printable characters")
    return value


def _enabled(node: Node) -> str:
    return "yes" if node.enabled else "no"


def _labels(node: Node) -> str:
    return ", ".join(f"{key}={value}" for key, value in node.labels)


def _kept(node: Node) -> str:
    return ", ".join(_words(each) for each in node.reservations)


def _words(kept: Reservation) -> str:
    until = f" until {iso(kept.until_s)}" if kept.until_s else ""
    return f"{kept.vcpu} CPU, {kept.ram_mib} MiB of RAM, {kept.disk_mib} MiB of disk for {kept.owner}{until}"
