"""As many instances fit as Ganeti's hspace found in the same cloud, less five in a hundred at most."""

import dataclasses
from pathlib import Path

import pytest

from stratus.model.node import Node, Used
from stratus.model.placement import Need, Ratios
from stratus.model.placement.choice import place
from stratus.model.placement.wish import PACK, SPREAD, Rules, Wish
from stratus.model.simulation import alike

FOLDER = Path(__file__).parent / "hspace"
RECORDED = [
    tuple(map(int, line.split()))
    for line in (FOLDER / "recorded.txt").read_text().splitlines()
    if not line.startswith("#")
]


@pytest.mark.parametrize("policy", [SPREAD, PACK])
@pytest.mark.parametrize(("cpu", "ram_mib", "disk_mib", "theirs"), RECORDED)
def test_no_less_is_packed_than_by_hspace(cpu, ram_mib, disk_mib, theirs, policy):
    wish, rules = Wish(Need(cpu, ram_mib, disk_mib)), Rules(Ratios(4.0, 1.0, 1.0), policy)
    nodes, count = cluster(), 0
    while chosen := place(wish, nodes.values(), rules):
        nodes[chosen.name] = chosen.with_used(wish.need.added_to(chosen.used))
        count += 1
    assert count >= theirs * 0.95


def cluster() -> dict[str, Node]:
    """The cloud in Ganeti's text form: groups, nodes, instances, with an empty line between."""
    _, machines, instances, *_ = (FOLDER / "cluster.data").read_text().split("\n\n")
    nodes = {}
    for words in (line.split("|") for line in machines.splitlines()):
        (node,) = alike(1, cpus=int(words[6]), ram_mib=int(words[1]), disk_mib=int(words[4]))
        nodes[words[0]] = dataclasses.replace(node, name=words[0], used=Used())
    for words in (line.split("|") for line in instances.splitlines() if line):
        node = nodes[words[6]]
        nodes[node.name] = node.with_used(Need(int(words[3]), int(words[1]), int(words[2])).added_to(node.used))
    return nodes
