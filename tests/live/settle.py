"""Run by a test on another machine: dispatch until nothing is under way, and say as JSON what is there then."""

import json
import os
import sys
import time
from pathlib import Path

import libvirt

from stratus.actions import dispatch, records
from stratus.cloud import Cloud, open_cloud
from stratus.config.load import load
from stratus.drivers.queue.dirqueue import DirQueue
from stratus.errors import Conflict
from stratus.model.paths import NodePaths

DEADLINE_S = 60.0


def main() -> None:
    """Print what is there; after the deadline also what is still under way."""
    cloud = open_cloud(load(environ=os.environ))
    paths = NodePaths(sys.argv[1])
    deadline = time.monotonic() + DEADLINE_S
    while (left := _under_way(cloud, paths)) and time.monotonic() < deadline:
        try:
            dispatch.pump(cloud, wait_s=0.2)
            dispatch.once(cloud)
        except Conflict:
            time.sleep(0.1)  # one that is about to die is still the dispatcher
    print(json.dumps({"left": left, **_found(cloud, paths)}))
    cloud.close()


def _under_way(cloud: Cloud, paths: NodePaths) -> list[str]:
    orders = [order.order.id for order in records.orders(cloud.ledger)]
    queues = (DirQueue(f"{paths.queues}/{name}", archive_keep=0) for name in ("inbox", "outbox"))
    return orders + [name for queue in queues for name, _ in queue.bodies(limit=9)]


def _found(cloud: Cloud, paths: NodePaths) -> dict[str, object]:
    domains = libvirt.open("qemu:///system").listAllDomains()
    histories = {
        int(document.key): [entry["cause"] for entry in document.body["entries"]]
        for document in cloud.ledger.find(records.HISTORY)
    }
    return {
        "instances": {str(one.id): one.state.value for one in records.instances(cloud.ledger)},
        "domains": {domain.name(): bool(domain.isActive()) for domain in domains},
        "folders": sorted(os.listdir(paths.instances)),
        "open": sorted(path.name for path in Path(paths.journal, "open").iterdir()),
        "causes": histories,
    }


if __name__ == "__main__":
    main()
