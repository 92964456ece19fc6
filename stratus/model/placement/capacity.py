"""Capacity: how many more instances of a kind fit, and what ends first on each node. Pure.

Instances of one kind fill a node in one way only, so that the count is what `place` would reach until it finds no node
any more, by either policy, without being asked that often."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby

from stratus.model.node import Node
from stratus.model.placement import NOTHING, Need, room
from stratus.model.placement.verdict import bar
from stratus.model.placement.wish import Rules, Wish
from stratus.model.values import dataclass

BY = ("type", "zone", "node")


@dataclass(frozen=True)
class Fill:
    """How many more of one machine type fit on a node, or in a zone, or in the whole cloud."""

    machine_type: str
    need: Need
    node: str  # "" of several
    zone: str
    nodes: int  # how many nodes are counted together
    fits: int
    tight: str  # what ends first: cpu, ram or disk; "" where nothing is placed at all
    free: Need  # what may still be promised, before
    refusal: str = ""  # why nothing is placed there


def fill_of(machine_type: str, wish: Wish, node: Node, rules: Rules) -> Fill:
    """How many more instances with this wish, alike but for their names, one node takes."""
    refusal = bar(wish, node, rules)
    free = rules.kept.get(node.name, NOTHING).out_of(room(node, rules.ratios))
    need = wish.need
    ends = [
        (max(0, left) // each, name)
        for name, left, each in (
            ("cpu", free.vcpu, need.vcpu),
            ("ram", free.ram_mib, need.ram_mib),
            ("disk", free.disk_mib, need.disk_mib),
        )
        if each
    ]
    fits, tight = min(ends, key=lambda end: end[0], default=(0, ""))
    if refusal:
        fits, tight = 0, ""
    return Fill(machine_type, need, node.name, node.zone, 1, fits, tight, free, refusal)


def grouped(fills: Iterable[Fill], by: str) -> tuple[Fill, ...]:
    """The fills of nodes, counted together by machine type, or by machine type and zone."""
    if by == "node":
        return tuple(fills)
    where: Callable[[Fill], str] = (lambda fill: fill.zone) if by == "zone" else (lambda fill: "")
    ordered = sorted(fills, key=lambda fill: (fill.machine_type, where(fill)))
    return tuple(
        _together(list(group), zone)
        for (_, zone), group in groupby(ordered, lambda fill: (fill.machine_type, where(fill)))
    )


def _together(fills: Sequence[Fill], zone: str) -> Fill:
    """Several as one; what ends first is what does so on most nodes."""
    open_ones = [fill for fill in fills if not fill.refusal]
    ends = Counter(fill.tight for fill in open_ones)
    free = Need(
        sum(max(0, fill.free.vcpu) for fill in open_ones),
        sum(max(0, fill.free.ram_mib) for fill in open_ones),
        sum(max(0, fill.free.disk_mib) for fill in open_ones),
    )
    tight = max(ends, key=lambda name: (ends[name], name)) if ends else ""
    kind, need, fits = fills[0].machine_type, fills[0].need, sum(fill.fits for fill in fills)
    return Fill(kind, need, "", zone, len(fills), fits, tight, free)
