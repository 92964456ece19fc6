"""The simulated cloud and the real one place the same instances on the same nodes."""

import dataclasses
import math
import random

from stratus.model.placement import Need
from stratus.model.placement.wish import Rules
from stratus.model.requests import KillRequest, ListNodesRequest, WaitRequest
from stratus.model.simulation import Arrival, Setting, Workload
from stratus.model.simulation.engine import Simulation
from tests.memory_cloud import ROOT, MemoryCloud


def test_a_workload_ends_on_the_same_nodes_as_in_the_real_ledger(tmp_path):
    site = MemoryCloud(tmp_path, node_names=("node1", "node2", "node3"))
    chance = random.Random(5)
    needs = [
        Need(chance.randint(1, 4), chance.randrange(512, 12_000, 256), chance.randrange(0, 2000)) for _ in range(24)
    ]
    # All ends are between two arrivals, and no two at once.
    lasts_s = [chance.randrange(3, 31, 2) + n / 1000 for n in range(24)]
    workload = Workload(tuple(Arrival(n * 2.0, lasts_s[n], need) for n, need in enumerate(needs)))
    rules = Rules(site.cloud.settings.ratios, site.cloud.settings.placement)
    simulation = Simulation(workload, Setting(site.perform(ListNodesRequest(), ROOT), rules, math.inf, 0.0))
    try:
        alive: dict[int, int] = {}
        for at_s in simulation.moments():
            assert used(site.perform(ListNodesRequest(), ROOT)) == used(simulation.nodes.values())
            for number in [n for n in alive if workload.arrivals[n].at_s + workload.arrivals[n].lasts_s == at_s]:
                end(site, alive.pop(number))
            if at_s % 2 == 0:
                number = int(at_s) // 2
                need = needs[number]
                (instance,) = site.run(cpu=need.vcpu, ram_mib=need.ram_mib, swap_mib=need.disk_mib)
                alive[number] = instance.id
        assert simulation.waits_s == [0.0] * 24
    finally:
        site.close()


def used(nodes):
    return {node.name: dataclasses.astuple(node.used) for node in nodes}


def end(site, instance_id):
    site.perform(KillRequest((str(instance_id),)))
    site.perform(WaitRequest((str(instance_id),), "done"))
