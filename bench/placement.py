"""The rows about placement: a decision against Ganeti's hail, and how much fits against Ganeti's hspace."""

import json
import random
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.command_line import program, silently
from bench.measure import Pairs, in_turn
from bench.row import CannotRun, Effort, Row
from stratus.actions import records, reserve, wishes
from stratus.cloud import Cloud, Links, Settings
from stratus.drivers.ledger.sqlite import SqliteLedger
from stratus.model.context.values import ContextRequest
from stratus.model.instance import Instance, Lease
from stratus.model.node import Node
from stratus.model.placement import Need, Ratios
from stratus.model.placement.choice import place
from stratus.model.placement.decision import decision_of
from stratus.model.placement.wish import PACK, Rules, Wish
from stratus.model.requests import Actor, RunRequest
from stratus.model.simulation import alike

HAIL = Path("/usr/lib/ganeti/iallocators/hail")  # Debian's ganeti-htools
NODES, INSTANCES = 1000, 20_000
FEW_NODES, FEW_INSTANCES = 10, 80  # hspace weighs all nodes anew for each instance
CPUS, RAM_MIB, DISK_MIB = 32, 131_072, 2_000_000
SIZES = (Need(1, 1536, 10_240), Need(2, 3072, 20_480), Need(2, 6144, 40_960), Need(4, 8192, 81_920))
ASKED = Need(2, 4096, 20_480)
RATIOS = Ratios(4.0, 1.0, 1.0)
OWNER = Actor("alice")


def _decision(effort: Effort) -> Pairs:
    """The ledger is open, as in every command and service; all that the decision needs of it is read each time."""
    if not HAIL.exists():
        raise CannotRun("no hail: apt-get install ganeti-htools")
    nodes, there = _cloud_of(NODES, INSTANCES)
    data, asked = _ganeti(effort.folder, nodes, there), effort.folder / "request.json"
    asked.write_text(json.dumps(_request()), "utf-8")
    cloud = _front_end(effort.folder / "ledger.sqlite", nodes, there)
    hail = silently((str(HAIL), "--no-capacity-checks", "-t", str(data), str(asked)))
    try:
        return in_turn(lambda: _decide(cloud), hail, effort.rounds(9))
    finally:
        cloud.close()


def _packing(effort: Effort) -> Pairs:
    """How many more of one size: placed one by one until none fits, and by hspace, which need not keep its N+1 here."""
    nodes, there = _cloud_of(FEW_NODES, FEW_INSTANCES)
    data = _ganeti(effort.folder, nodes, there)
    size = f"{ASKED.disk_mib}m,{ASKED.ram_mib}m,{ASKED.vcpu}"
    argv = (program("hspace"), "--no-capacity-checks", "-t", str(data), "--disk-template=plain")
    said = subprocess.run((*argv, f"--standard-alloc={size}"), capture_output=True, text=True, check=True, timeout=600)
    theirs = re.search(r"([0-9]+) instances allocated", said.stdout)
    if theirs is None:
        raise CannotRun(f"hspace said: {said.stdout[-200:]}{said.stderr[-200:]}")
    return Pairs((float(_placed_until_full(nodes)),), (float(theirs[1]),), "instances")


ROWS = (
    Row(
        "placement",
        f"a decision: {NODES:,} nodes, {INSTANCES:,} instances",
        "Ganeti's hail --no-capacity-checks",
        0.02,
        _decision,
    ),
    Row(
        "packing",
        f"instances that fit on {FEW_NODES} nodes besides {FEW_INSTANCES}",
        "Ganeti's hspace",
        0.95,
        _packing,
        at_least=True,
    ),
)


@dataclass(frozen=True)
class Placed:
    """One of the instances that are there already."""

    need: Need
    node: str


def _cloud_of(count: int, instances: int) -> tuple[tuple[Node, ...], tuple[Placed, ...]]:
    """Nodes, and instances of four sizes, each on a node that is drawn by lot and has room; the same ones each time."""
    lot = random.Random(1)
    nodes = {node.name: node for node in alike(count, cpus=CPUS, ram_mib=RAM_MIB, disk_mib=DISK_MIB)}
    names, rules, there = sorted(nodes), Rules(RATIOS), []
    while len(there) < instances:
        need, name = lot.choice(SIZES), lot.choice(names)
        if place(Wish(need), [nodes[name]], rules):
            nodes[name] = nodes[name].with_used(need.added_to(nodes[name].used))
            there.append(Placed(need, name))
    return tuple(nodes.values()), tuple(there)


def _front_end(path: Path, nodes: Sequence[Node], there: Sequence[Placed]) -> Cloud:
    ledger = SqliteLedger(str(path))
    ledger.commit([records.put_node(node, 0) for node in nodes])
    ledger.commit(
        [put for number, one in enumerate(there, 1) for put in records.put_instance(_instance(number, one), 0)]
    )
    nothing: Any = None  # a decision goes through no other door
    settings = Settings({}, "", (), RATIOS)
    return Cloud(ledger, nothing, nothing, Links(lambda node: nothing), nothing, settings)


def _instance(number: int, one: Placed) -> Instance:
    lease = Lease(
        "local", f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", f"02:00:0a:00:00:{number & 255:02x}"
    )
    need = one.need
    return Instance(
        number, f"one-{number}", OWNER.name, "A" * 27, "tiny", "m1.small", need.vcpu, need.ram_mib, need.disk_mib, 0,
        lease, one.node, f"{number:032x}",
    )  # fmt: skip


def _decide(cloud: Cloud) -> None:
    """What `run` does to choose a node, with what it keeps of that for `why`."""
    nodes = reserve.Nodes(cloud)
    rules = nodes.rules(OWNER.name)
    wish = wishes.wish_of(cloud, RunRequest("tiny", ContextRequest()), ASKED, OWNER)
    for asked, choice in nodes.place(wish, rules, "an instance"):
        decision_of(asked, choice, rules, 0.0)


def _placed_until_full(nodes: Sequence[Node]) -> int:
    """How many more fit, one after another; a node that has refused is not asked again."""
    rules, wish, count = Rules(RATIOS, PACK), Wish(ASKED), 0
    for node in nodes:
        while chosen := place(wish, [node], rules):
            node = chosen.with_used(ASKED.added_to(chosen.used))
            count += 1
    return count


def _ganeti(folder: Path, nodes: Sequence[Node], there: Sequence[Placed]) -> Path:
    """The same cloud in the form that Ganeti's tools read with -t: groups, nodes, instances, tags, policies."""
    limits = "1,1,1,1,0,1|1,1,1,1,0,1;131072,64,2000000,16,8,12"
    policy = f"{limits}|plain,diskless|{RATIOS.cpu}|100000.0"
    lines = ["group|uuid|preferred||", ""]
    for number, node in enumerate(nodes):
        free_ram, free_disk = RAM_MIB - node.used.ram_mib, DISK_MIB - node.used.disk_mib
        role = "N" if number else "M"
        lines.append(f"{node.name}|{RAM_MIB}|0|{free_ram}|{DISK_MIB}|{free_disk}|{CPUS}|{role}|uuid|1||N|0|1|1.0")
    lines.append("")
    for number, one in enumerate(there):
        need = one.need
        amounts = f"{need.ram_mib}|{need.disk_mib}|{need.vcpu}"
        lines.append(f"one-{number}|{amounts}|running|Y|{one.node}||plain||1|1|N")
    path = folder / "cluster.data"
    path.write_text("\n".join([*lines, "", "", f"|{policy}", f"group|{policy}", ""]), "utf-8")
    return path


def _request() -> object:
    disk = {"size": ASKED.disk_mib, "mode": "w"}
    amounts = {"memory": ASKED.ram_mib, "vcpus": ASKED.vcpu, "disks": [disk], "disk_space_total": ASKED.disk_mib}
    kind = {"type": "allocate", "name": "new", "disk_template": "plain", "required_nodes": 1, "spindle_use": 1}
    request = {**kind, **amounts, "os": "any", "tags": [], "nics": [], "hypervisor": "kvm"}
    empty: dict[str, object] = {"nodegroups": {}, "nodes": {}, "instances": {}, "ipolicy": {}}
    site = {"version": 2, "cluster_name": "bench", "cluster_tags": [], "enabled_hypervisors": ["kvm"]}
    return {**site, **empty, "request": request}
