"""The rows about orders and reports: what moving them costs."""

import json
import os
import sys
import tempfile
from pathlib import Path

from bench.command_line import DOMAIN, program, silently, test_driver
from bench.measure import Pairs, in_turn
from bench.row import ROOT, Effort, Row
from stratus.drivers.hypervisor.libvirt import LibvirtHypervisor
from stratus.drivers.queue.dirqueue import DirQueue
from stratus.model.codec import encode
from stratus.model.requests import WaitRequest
from tests.drivers.link.sshd import Sshd
from tests.memory_cloud import MemoryCloud
from tests.model import samples

AGENT = ("/usr/bin/env", f"PYTHONPATH={ROOT}", sys.executable, "-P", "-m", "stratus.nodeagent")
OPERATIONS, COLD = 200, 10
SUBMITS = 50
NODES, COMPLETIONS = 20, 200
DOMAINS, ASKED = 500, 50


def _small_operations(effort: Effort) -> Pairs:
    """Over one SSH session, its opening included, against a session each. Few cold ones, times what they stand for."""
    program("sshd")
    node = Sshd(effort.folder / "node", (*AGENT, "serve", "--stdio"))
    shell = Sshd(effort.folder / "shell", ("/bin/sh", "-c", "true"))
    argv = (
        "ssh",
        "-F",
        "none",
        "-i",
        shell.private_key,
        "-o",
        "BatchMode=yes",
        "-o",
        f"UserKnownHostsFile={shell.known_hosts}",
        "-o",
        "HostKeyAlias=stratus-node-n1",
        "-o",
        "StrictHostKeyChecking=no",
        "-p",
        str(shell.port),
        f"{shell.user}@127.0.0.1",
        "true",
    )
    cold = silently(argv)

    def ours() -> None:
        link = node.link()
        for _ in range(OPERATIONS):
            link.call("ping", {})
        link.close()

    try:
        pairs = in_turn(ours, lambda: [cold() for _ in range(COLD)], effort.rounds(9))
    finally:
        node.stop()
        shell.stop()
    return Pairs(pairs.ours, tuple(took * OPERATIONS / COLD for took in pairs.raw))


def _submit(effort: Effort) -> Pairs:
    """An order into the inbox, against the least that makes a file durable; both on the disk of the checkout."""
    body = json.dumps(encode(samples.order())).encode()
    queue = DirQueue(effort.folder / "queue", archive_keep=0)
    plain = effort.folder / "plain"
    plain.mkdir()
    return in_turn(
        lambda: [queue.put(body) for _ in range(SUBMITS)],
        lambda: [_durable(plain, number, body) for number in range(SUBMITS)],
        effort.rounds(15),
    )


def _durable(folder: Path, number: int, body: bytes) -> None:
    draft = folder / f".{number}"
    with draft.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(folder / str(number))
    handle = os.open(folder, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)


def _completions(effort: Effort) -> Pairs:
    """Instances that came to run, a second: the whole machinery on memory doors, against libvirt's two calls each."""
    memory = Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else effort.folder
    pairs = in_turn(lambda: _run_all(memory), _define_and_start, effort.rounds(9))
    return Pairs(tuple(COMPLETIONS / s for s in pairs.ours), tuple(COMPLETIONS / s for s in pairs.raw), "1/s")


def _run_all(memory: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="bench-", dir=memory) as folder:
        wide = {"nat_network": "172.30.0.0", "nat_netmask": "255.255.0.0"}
        site = MemoryCloud(Path(folder), tuple(f"node{n}" for n in range(NODES)), wide)
        try:
            instances = site.run(count=COMPLETIONS, swap_mib=0)
            site.perform(WaitRequest(tuple(str(instance.id) for instance in instances)))
        finally:
            site.close()


def _define_and_start() -> None:
    import libvirt

    connection = libvirt.open("test:///default")
    for number in range(COMPLETIONS):
        connection.defineXML(DOMAIN.format(f"d{number}")).create()
    connection.close()


def _sweep(effort: Effort) -> Pairs:
    virsh, uri = program("virsh"), test_driver(effort.folder, DOMAINS)
    hypervisor = LibvirtHypervisor(uri, state_dir=str(effort.folder))
    ask = silently((virsh, "-c", uri, "dominfo", "one-7"))
    pairs = in_turn(hypervisor.domains, lambda: [ask() for _ in range(ASKED)], effort.rounds(9))
    hypervisor.close()
    return Pairs(pairs.ours, tuple(took * DOMAINS / ASKED for took in pairs.raw))


ROWS = (
    Row(
        "small-operations", "200 operations on one node, over SSH", "200 cold `ssh node true`", 0.03, _small_operations
    ),
    Row("submit", "an order accepted durably", "write, fsync, rename, fsync", 2, _submit),
    Row(
        "completions",
        "instances run, memory doors, 20 nodes",
        "define+start on test:///default",
        0.3,
        _completions,
        at_least=True,
    ),
    Row("sweep", "a sweep of 500 domains", "500 times virsh dominfo", 0.05, _sweep),
)
