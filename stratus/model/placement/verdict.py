"""What one node says to a wish: that it takes it, or everything that is in the way, in numbers. Pure."""

from stratus.model.node import COMPUTE, Node
from stratus.model.placement import NOTHING, limit
from stratus.model.placement.wish import Rules, Wish
from stratus.model.placement.zones import lies_in
from stratus.model.values import dataclass


@dataclass(frozen=True)
class Verdict:
    """What one node says to a wish: "" when it takes it, else what is missing and by how much."""

    node: str
    refusal: str


def takes(wish: Wish, node: Node, rules: Rules) -> bool:
    """Whether the node takes it: the same as a verdict without a refusal, but nothing is put into words."""
    need, used, most, kept = wish.need, node.used, limit(node, rules.ratios), rules.kept.get(node.name, NOTHING)
    return (
        need.ram_mib <= most.ram_mib - used.ram_mib - kept.ram_mib
        and need.vcpu <= most.vcpu - used.vcpu - kept.vcpu
        and need.disk_mib <= most.disk_mib - used.disk_mib - kept.disk_mib
        and not bar(wish, node, rules)
    )


def could_take(wish: Wish, node: Node, rules: Rules) -> bool:
    """Whether the node would take it if nothing were there yet."""
    need, most = wish.need, limit(node, rules.ratios)
    fits = need.ram_mib <= most.ram_mib and need.vcpu <= most.vcpu and need.disk_mib <= most.disk_mib
    return fits and not bar(wish, node, rules)


def verdict(wish: Wish, node: Node, rules: Rules) -> Verdict:
    """The answer of one node, with its reasons. What bars it altogether comes alone; else all that it lacks."""
    barred = bar(wish, node, rules)
    if barred:
        return Verdict(node.name, barred)
    need, used, most, kept = wish.need, node.used, limit(node, rules.ratios), rules.kept.get(node.name, NOTHING)
    lacks = (
        _lack("CPU", need.vcpu, used.vcpu, most.vcpu, kept.vcpu, ""),
        _lack("RAM", need.ram_mib, used.ram_mib, most.ram_mib, kept.ram_mib, " MiB"),
        _lack("disk", need.disk_mib, used.disk_mib, most.disk_mib, kept.disk_mib, " MiB"),
    )
    return Verdict(node.name, "; ".join(lack for lack in lacks if lack))


def bar(wish: Wish, node: Node, rules: Rules) -> str:
    """Why nothing of this kind is placed there, however small; "" if it may be."""
    if node.role != COMPUTE:
        return f"it is a {node.role} node, and runs no instances"
    if not node.enabled:
        return "it is disabled"
    if node.trouble:
        return f"it does not answer: {node.trouble}"
    if node.sickness:
        return f"it is sick: {node.sickness}"
    if not lies_in(node.zone, wish.zone):
        return f"it is in {f'zone {node.zone}' if node.zone else 'no zone'}, not in {wish.zone}"
    if wish.together_on and node.name != wish.together_on:
        return f"the group {wish.together} is together on {wish.together_on}"
    if node.name in wish.apart_from:
        return f"the group {wish.apart} stays apart, and one of it is there"
    if node.name in rules.held:
        return f"it is held for {rules.held[node.name]}"
    return wish.requirements.refusal(node)


def _lack(what: str, wanted: int, used: int, most: int, kept: int, unit: str) -> str:
    left = most - used - kept
    if wanted <= left:
        return ""
    reserved = f", {kept}{unit} reserved for others" if kept else ""
    there = f"{max(0, left)}{unit} of {most}{unit} free{reserved}"
    return f"{what}: {wanted}{unit} wanted, {there}, {wanted - left}{unit} short"
