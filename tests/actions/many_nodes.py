"""A front end with so many nodes that each is only a channel: it takes orders and reports them done, or hangs."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from stratus.actions import records
from stratus.actions.resident import resident
from stratus.actions.run import run
from stratus.cloud import Cloud, Links, Settings
from stratus.drivers.images.memory import MemoryImageStore
from stratus.drivers.ledger.protocol import Ledger
from stratus.drivers.reach.memory import MemoryReach
from stratus.errors import DeadlineExceeded
from stratus.model.addresses import address_classes
from stratus.model.codec import encode
from stratus.model.domain import DomainStatus, Power
from stratus.model.instance import Instance
from stratus.model.machine_type import STRATUSLAB_TYPES
from stratus.model.node import Node
from stratus.model.order import Report
from stratus.model.requests import Actor, RunRequest
from tests.model import samples

NETWORK = {"nat": "True", "nat_network": "172.30.0.0", "nat_netmask": "255.255.0.0"}
WAIT_S = 60.0
LISTEN_S = 1.0  # how long one waits for a report, so that a worker whom nobody needs any more is soon gone
NOW_S = 1.8e9  # on every clock and for ever: a machine with much to do is no reason to send anything once more


def now() -> float:
    """The time of day in this cloud."""
    return NOW_S


class Channel:
    """The channel to one node, which counts itself. `open` unset, the node takes what it is told and never answers."""

    def __init__(self, name: str) -> None:
        self.name, self.open, self.leave = name, threading.Event(), threading.Event()
        self.open.set()
        self.carried_out: list[str] = []
        self._reports: dict[str, dict[str, Any]] = {}
        self._domains: dict[str, dict[str, Any]] = {}
        self._changed = threading.Condition()

    def call(self, method: str, params: dict[str, Any], *, timeout_s: float = 30.0) -> dict[str, Any]:
        if not self.open.wait(min(timeout_s, WAIT_S)) or self.leave.is_set():
            raise DeadlineExceeded(f"{self.name} did not answer {method} within {timeout_s:g} s")
        with self._changed:
            if method == "submit":
                self._take(params["orders"])
            if method == "collect":
                self._changed.wait_for(lambda: self._reports or self.leave.is_set(), min(params["wait_s"], LISTEN_S))
            if method == "acknowledge":
                for name in params["names"]:
                    self._reports.pop(name, None)
            reports, domains = list(self._reports.items()), dict(self._domains)
        return {"epoch": 1, "reports": reports, "domains": domains, "ailments": [], "boot": "b"}

    def attach(self, argv: Sequence[str]) -> int:
        return 0

    def close(self) -> None:
        self.leave.set()
        self.open.set()
        with self._changed:
            self._changed.notify_all()

    def _take(self, orders: list[dict[str, Any]]) -> None:
        for order in orders:
            report = Report(order["id"], order["instance_id"], order["generation"], None, (), 1.0)
            self._reports[order["id"]] = encode(report)
            self.carried_out.append(order["id"])
            name = f"one-{order['instance_id']}"
            self._domains[name] = encode(DomainStatus(name, Power.RUNNING))
        self._changed.notify_all()


class ManyNodes:
    """The front end over a ledger, and the channels that it has opened, in their order."""

    def __init__(self, ledger: Ledger, count: int, *, hangs: Sequence[str] = ()) -> None:
        self.opened: list[Channel] = []
        self._hangs = hangs
        self.cloud = Cloud(
            ledger=ledger,
            images=MemoryImageStore({}),
            appliances=None,  # type: ignore[arg-type]
            links=Links(self._open),
            reach=MemoryReach(()),
            clock=now,
            settings=Settings({kind.name: kind for kind in STRATUSLAB_TYPES}, "m1.small", address_classes(NETWORK)),
        )
        identifier = {"identifier": samples.IMAGE.facts.identifier}
        nodes = [samples.node(f"node{number}") for number in range(1, count + 1)]
        named = records.Put(records.IMAGE_NAME, "tiny", identifier, 0, identifier)
        ledger.commit([records.put_image(samples.IMAGE, 0), named, *(records.put_node(node, 0) for node in nodes)])

    def channel(self, name: str) -> Channel:
        """The one that was opened to a node."""
        (channel,) = (each for each in self.opened if each.name == name)
        return channel

    def run(self, count: int) -> tuple[Instance, ...]:
        """So many instances, spread over the nodes."""
        request = RunRequest("tiny", samples.CONTEXT, ram_mib=16, swap_mib=0, count=count)
        return run(self.cloud, request, Actor("alice"), lambda *_: None).instances

    def await_states(self, state: str, count: int) -> None:
        """Until so many instances are in that state."""
        for _ in range(20_000):
            seen = self.cloud.ledger.revision()
            if len(self.cloud.ledger.find(records.INSTANCE, where={"state": state})) >= count:
                return
            self.cloud.ledger.changes(seen, timeout_s=0.25)
        raise AssertionError(f"{count} instances never were {state}")

    @contextmanager
    def dispatched(self) -> Iterator[threading.Event]:
        """A resident dispatcher at work; the event is how it is stopped."""
        stop = threading.Event()
        thread = threading.Thread(target=resident, args=(self.cloud, stop), name="dispatcher", daemon=True)
        thread.start()
        try:
            yield stop
        finally:
            stop.set()
            self.cloud.links.close()
            thread.join(WAIT_S)
            assert not thread.is_alive()

    def _open(self, node: Node) -> Channel:
        channel = Channel(node.name)
        if node.name in self._hangs:
            channel.open.clear()
        self.opened.append(channel)
        return channel
