"""What the start of a sandbox costs: it does not grow with its nodes, but for what each of them has."""

import os
import subprocess
import threading

import pytest

from stratus.drivers.ledger.sqlite import SqliteLedger
from stratus.sandbox.cloud import SandboxCloud
from stratus.sandbox.machine import Machine
from stratus.sandbox.place import Place
from stratus.sandbox.process import furnish
from tests.tally import tally

WATCHED = {
    "commits": (SqliteLedger.commit,),
    "syncs of nodes": (os.fsync,),
    "processes": (subprocess.Popen.__init__,),
    "threads": (threading.Thread.start,),
    "calls of nodes": (Machine._answer,),
}


def started(folder, nodes):
    """What making the cloud of a new sandbox called, and how often."""
    place = Place(folder)
    place.make()
    furnish(place)
    with tally(WATCHED) as counts:
        SandboxCloud(place, nodes).cloud.close()
    return dict(counts)


@pytest.mark.parametrize("nodes", [5, 50])
def test_a_start_asks_each_node_once_and_commits_once_for_all(in_memory, nodes):
    few, many = started(in_memory / "one", 1), started(in_memory / "many", nodes)
    assert many["calls of nodes"] == nodes
    assert many["commits"] == few["commits"] <= 4
    assert many["threads"] <= nodes + 4  # one for each call
    assert many.get("syncs of nodes", 0) == few.get("syncs of nodes", 0)
    assert "processes" not in many
