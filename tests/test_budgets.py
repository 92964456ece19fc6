"""What each verb may cost, in calls of what is slow: one table. A verb that is not in it fails.

A verb is its command, the node's work, and one round of the dispatcher that brings the report in.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from stratus.actions import dispatch
from stratus.actions.perform import DEEDS
from stratus.drivers.appliance.memory import MemoryApplianceBuilder
from stratus.drivers.audit.files import FileAudit
from stratus.drivers.disks.local import LocalDisks
from stratus.drivers.hypervisor.memory import MemoryHypervisor
from stratus.drivers.ledger.memory import MemoryLedger
from stratus.drivers.link.memory import MemoryLink
from stratus.drivers.queue.dirqueue import DirQueue
from stratus.model import requests, steps
from stratus.model.context.values import ContextDisk
from stratus.model.requests import Request
from stratus.model.steps import Step
from tests.drivers.link.places import eventually
from tests.memory_cloud import ROOT as ADMIN
from tests.memory_cloud import MemoryCloud
from tests.model import samples
from tests.tally import tally

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Budget:
    """At most so many calls."""

    reads: int  # of the ledger
    commits: int = 0  # of the ledger, leases included: each waits for the disk
    connections: int = 0  # SSH handshakes, where the node is another machine
    round_trips: int = 0  # over the open channel
    hypervisor: int = 0
    syncs: int = 0  # of the node's files, and of the front end's besides the ledger
    processes: int = 0


WATCHED: dict[str, tuple[Callable[..., Any], ...]] = {
    "reads": (MemoryLedger.get, MemoryLedger.find, MemoryLedger.changes, MemoryLedger.revision),
    "commits": (MemoryLedger.commit, MemoryLedger.acquire, MemoryLedger.release),
    "connections": (MemoryCloud._link,),
    "round_trips": (MemoryLink.call,),
    "hypervisor": tuple(called for name, called in vars(MemoryHypervisor).items() if not name.startswith("_")),
    "syncs": (os.fsync, os.fdatasync),
    "processes": (subprocess.Popen.__init__,),
}
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICus8A+NdqHm/0xoFOEcj0UvnFNDaMQnlA3S3SPYWgoo"
WAIT, IMPORT = requests.WaitRequest(("1",)), requests.ImportImageRequest("/images/other.img", "other")

# The request, what comes before it and is not counted, and what it may cost. An owner's first run counts, once, what
# they have already.
VERBS: dict[str, tuple[Request[Any], tuple[str, ...], Budget]] = {
    "RunRequest": (requests.RunRequest("tiny", samples.CONTEXT, ram_mib=64), ("run",), Budget(43, 10, 1, 5, 4, 29)),
    "KillRequest": (requests.KillRequest(("1",)), ("run",), Budget(40, 10, 1, 5, 4, 23)),
    "StopRequest": (requests.StopRequest(("1",), force=True), ("run",), Budget(37, 10, 1, 5, 3, 20)),
    "StartRequest": (requests.StartRequest(("1",)), ("run", "stop"), Budget(40, 10, 1, 5, 4, 22)),
    "RebootRequest": (requests.RebootRequest(("1",), hard=True), ("run",), Budget(34, 10, 1, 5, 2, 20)),
    "ShutdownRequest": (requests.ShutdownRequest(("1",)), ("run",), Budget(37, 10, 1, 5, 6, 23)),
    "DescribeRequest": (requests.DescribeRequest(), ("run",), Budget(5)),
    "WaitRequest": (WAIT, ("run",), Budget(3)),
    "LogRequest": (requests.LogRequest("1"), ("run",), Budget(2)),
    "WhyRequest": (requests.WhyRequest("1"), ("run",), Budget(6)),
    "ImportImageRequest": (IMPORT, (), Budget(3, 4, syncs=1)),
    "BuildImageRequest": (requests.BuildImageRequest("tiny", "built"), (), Budget(3, 4, syncs=2)),
    "ListImagesRequest": (requests.ListImagesRequest(), ("run",), Budget(3)),
    "ListRecipesRequest": (requests.ListRecipesRequest(), (), Budget(0)),
    "DeleteImageRequest": (requests.DeleteImageRequest(("tiny",)), (), Budget(9, 4, syncs=1)),
    "PlanImagesRequest": (requests.PlanImagesRequest(IMPORT), (), Budget(3)),
    "AuditRequest": (requests.AuditRequest(), ("run",), Budget(0)),
    "TrailRequest": (requests.TrailRequest("@0"), ("run",), Budget(2)),
    "LogImageRequest": (requests.LogImageRequest("tiny"), (), Budget(3)),
    "AddUserRequest": (
        requests.AddUserRequest("alice", keys=KEY, groups=("lab",)),
        ("changegroup",),
        Budget(7, 1, syncs=1),
    ),
    "ChangeUserRequest": (
        requests.ChangeUserRequest("alice", enabled=False),
        ("changegroup", "adduser"),
        Budget(2, 1, syncs=1),
    ),
    "RemoveUserRequest": (requests.RemoveUserRequest("alice"), ("changegroup", "adduser"), Budget(4, 1, syncs=1)),
    "ListUsersRequest": (requests.ListUsersRequest(), ("run",), Budget(1)),
    "ChangeGroupRequest": (requests.ChangeGroupRequest("lab", new=True), (), Budget(2, 1, syncs=1)),
    "RemoveGroupRequest": (requests.RemoveGroupRequest("lab"), ("changegroup",), Budget(3, 1, syncs=1)),
    "ListGroupsRequest": (requests.ListGroupsRequest(), (), Budget(1)),
    "UsageRequest": (requests.UsageRequest(), ("run",), Budget(2)),
    "ListNodesRequest": (requests.ListNodesRequest(), ("run",), Budget(2)),
    "CapacityRequest": (requests.CapacityRequest(), ("run",), Budget(2)),
    "ChangeNodeRequest": (requests.ChangeNodeRequest("node1", zone="a"), (), Budget(2, 1, syncs=1)),
    "DrainNodeRequest": (requests.DrainNodeRequest("node1", True, True), ("run",), Budget(39, 11, 1, 5, 3, 20)),
    "DoctorRequest": (requests.DoctorRequest(), ("run",), Budget(26, 0, 1, 1, 2)),
}
# These walk through other verbs, or through all that there is; or are refused for the front end's own machine, the only
# one here.
UNCOUNTED = {"BurninRequest", "EnrolRequest", "RecoverRequest", "RemoveNodeRequest", "RenameNodeRequest"}
BEFORE = {name.removesuffix("Request").lower(): entry[0] for name, entry in VERBS.items()}


def test_every_verb_has_a_budget() -> None:
    assert {kind.__name__ for kind in DEEDS} == VERBS.keys() | UNCOUNTED


@pytest.mark.parametrize("name", VERBS)
def test_a_verb_keeps_its_budget(name: str, tmp_path: Path) -> None:
    request, before, budget = VERBS[name]
    with tally(WATCHED) as counts:  # from before the cloud's threads are started, so that they are counted too
        site = MemoryCloud(tmp_path, queue=lambda path: DirQueue(path, archive_keep=0))
        audit = FileAudit(str(tmp_path / "audit"))
        site.cloud = replace(
            site.cloud, appliances=MemoryApplianceBuilder(str(tmp_path)), audit=audit, new_request=lambda: "@0"
        )
        try:
            dispatch.once(site.cloud)
            for each in before:
                do(site, BEFORE[each])
            site.cloud.links.close()  # a command is a process of its own, which opens its own channel
            counts.clear()
            do(site, request)
        finally:
            site.close()
    over = {what: (count, getattr(budget, what)) for what, count in counts.items() if count > getattr(budget, what)}
    assert not over, f"{name} took more than it may (taken, allowed): {over}"


def do(site: MemoryCloud, request: Request[Any]) -> None:
    """The command, and, where it gave an order, the node's work and the report."""
    site.perform(request, ADMIN)
    if DEEDS[type(request)].orders:
        node = site.nodes["node1"]
        # The report is there before the order's element is finished, which is synced too and belongs to this verb.
        eventually(lambda: bool(node.outbox.bodies(limit=1)) and not node.worker._in_hand)
        dispatch.once(site.cloud)


# The programs that a step may start on the node; the doors do the rest by system calls and libraries.
PROGRAMS: dict[type[Step], int] = {steps.CloneDisk: 1, steps.MakeDisk: 2, steps.WriteContext: 0, steps.WriteRecord: 0}


@pytest.mark.parametrize("kind", PROGRAMS, ids=lambda kind: kind.__name__)
def test_a_step_about_files_starts_no_more_programs_than_it_may(kind: type[Step], tmp_path: Path) -> None:
    base, target = tmp_path / "base.raw", str(tmp_path / "instances" / "1" / "file")
    base.write_bytes(b"\0" * 4096)
    disks = LocalDisks()
    deeds: dict[type[Step], Callable[[], object]] = {
        steps.CloneDisk: lambda: disks.clone(str(base), "raw", target, "qcow2"),
        steps.MakeDisk: lambda: disks.make(target, 16, filesystem="ext4"),
        steps.WriteContext: lambda: disks.write_context(target, ContextDisk("CONTEXT", (("context.sh", b"A=1\n"),))),
        steps.WriteRecord: lambda: disks.write_record(target, "{}"),
    }
    with tally(WATCHED) as counts:
        deeds[kind]()
    assert Path(target).exists() and counts["processes"] <= PROGRAMS[kind]


# The modules that a fresh Python has loaded when it is done: what most of a short command's time goes into.
MODULES: dict[tuple[str, ...], int] = {
    ("stratus", "--version"): 60,
    ("stratus", "--help"): 60,
    ("stratus.cli", "describe", "--help"): 150,
    ("stratus.cli", "describe"): 228,
}


@pytest.mark.parametrize("words", MODULES, ids=" ".join)
def test_a_short_command_loads_no_more_modules_than_it_may(words: tuple[str, ...], tmp_path: Path) -> None:
    program = (
        "import runpy, sys; sys.argv = sys.argv[1:]\n"
        "try: runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True)\n"
        "finally: sys.stderr.write(f'modules {len(sys.modules)}')"
    )
    environ = {"HOME": str(tmp_path), "STRATUSLAB_CONFIG_DIR": str(tmp_path), "STRATUSLAB_STATE_DIR": str(tmp_path)}
    argv = [sys.executable, "-P", "-c", program, *words]
    done = subprocess.run(argv, env=environ, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    loaded = int(done.stderr.rpartition("modules ")[2])
    assert loaded <= MODULES[words]
