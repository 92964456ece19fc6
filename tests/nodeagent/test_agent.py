"""The agent's methods, as the front end calls them."""

import itertools
import json
import threading

import pytest

from stratus.drivers.queue.memory import MemoryQueue
from stratus.errors import BadInput, NotFound
from stratus.model.codec import encode
from stratus.model.paths import NodePaths
from stratus.nodeagent.agent import Agent
from stratus.nodeagent.journal import Journal
from stratus.nodeagent.worker import Worker
from tests.model import samples
from tests.nodeagent.machine import Machine

DEADLINE_S = 10.0


class Node:
    def __init__(self, folder):
        self.machine, self.inbox, self.outbox = Machine(), MemoryQueue(), MemoryQueue()
        doors = self.machine.doors()
        self.worker = Worker(self.inbox, self.outbox, Journal(str(folder / "journal")), doors)
        self.agent = Agent(NodePaths(str(folder)), doors, self.inbox, self.outbox, self.worker)

    def call(self, method, **params):
        return self.agent.methods()[method](params)


@pytest.fixture
def node(tmp_path):
    return Node(tmp_path)


def console(node, tmp_path, name, content):
    folder = tmp_path / "instances" / "7"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)


def test_hello_tells_what_the_node_has(node, tmp_path):
    said = node.call("hello")
    assert said["state_dir"] == str(tmp_path)
    assert said["hypervisor"]["cpus"] == 8
    assert said["disk_mib"] > 0 and said["reflinks"] is False


def test_accepted_orders_are_in_the_inbox_in_their_order(node):
    orders = [samples.order("run", 1), samples.order("kill", 2)]
    assert node.call("submit", orders=[encode(order) for order in orders]) == {"accepted": 2}
    assert [json.loads(body)["id"] for _, body in node.inbox.bodies(limit=9)] == [order.id for order in orders]


def test_one_order_that_is_none_keeps_all_of_a_batch_out(node):
    with pytest.raises(BadInput, match="not a valid Order"):
        node.call("submit", orders=[encode(samples.order()), {"id": "x"}])
    assert node.inbox.bodies(limit=9) == []


def test_reports_are_given_until_they_are_acknowledged(node):
    for number in range(3):
        node.outbox.put(b'{"n": %d}' % number)
    assert [body["n"] for _, body in node.call("collect")["reports"]] == [0, 1, 2]
    first = node.call("collect", limit=1)["reports"]
    assert [body["n"] for _, body in first] == [0]
    node.call("acknowledge", names=[name for name, _ in first])
    node.call("acknowledge", names=[name for name, _ in first])
    assert [body["n"] for _, body in node.call("collect")["reports"]] == [1, 2]


def test_a_report_that_the_front_end_refuses_is_put_aside_with_its_reason(node):
    name = node.outbox.put(b'{"order_id": 7}')
    node.call("refuse", reasons={name: "it cannot be read"})
    assert [(each.body, each.reason) for each in node.outbox.poisoned()] == [(b'{"order_id": 7}', "it cannot be read")]
    assert node.outbox.bodies(limit=1) == []


def test_a_report_that_nobody_can_read_does_not_hold_the_others_back(node):
    node.outbox.put(b"\0\0\0")
    node.outbox.put(b'{"n": 1}')
    assert [body for _, body in node.call("collect")["reports"]] == [{"n": 1}]
    assert len(node.outbox.bodies(limit=9)) == 1


def test_collect_waits_no_longer_than_it_was_told(node):
    assert node.call("collect", wait_s=0.05) == {"reports": []}


def test_collect_comes_back_as_soon_as_there_is_a_report(node):
    closed, answer = threading.Event(), []
    worker = threading.Thread(target=node.worker.work, args=(closed.is_set,), daemon=True)
    worker.start()
    caller = threading.Thread(target=lambda: answer.append(node.call("collect", wait_s=DEADLINE_S)), daemon=True)
    caller.start()
    node.call("submit", orders=[encode(samples.order())])
    caller.join(DEADLINE_S / 2)
    closed.set()
    ((_, report),) = answer[0]["reports"]
    assert report["order_id"] == samples.order().id and report["fault"] is None


def test_a_sweep_tells_of_every_domain(node):
    node.machine.do(samples.steps("run"))
    ((name, status),) = node.call("sweep")["domains"].items()
    assert (name, status["power"]) == ("one-1", "running")


def test_the_end_of_a_console_is_given(node, tmp_path):
    console(node, tmp_path, "console.log", b"0123456789")
    assert node.call("console_text", instance=7) == {"text": "0123456789"}
    assert node.call("console_text", instance=7, last_bytes=4) == {"text": "6789"}


@pytest.mark.parametrize(("wanted", "text"), [(3, "new"), (5, "ldnew"), (100, "oldnew")])
def test_the_rotated_log_comes_before_the_present_one(node, tmp_path, wanted, text):
    console(node, tmp_path, "console.log.0", b"old")
    console(node, tmp_path, "console.log", b"new")
    assert node.call("console_text", instance=7, last_bytes=wanted) == {"text": text}


def test_a_console_in_no_encoding_is_still_text(node, tmp_path):
    console(node, tmp_path, "console.log", b"caf\xc3")
    assert node.call("console_text", instance=7) == {"text": "caf\N{REPLACEMENT CHARACTER}"}


def test_an_instance_without_console_is_not_found(node):
    with pytest.raises(NotFound, match="instance 7 has no console log"):
        node.call("console_text", instance=7)


@pytest.mark.parametrize("instance", ["../../etc", "7/../8", "", None, [], "x" * 5000])
def test_an_instance_that_is_no_number_reads_no_file(node, instance):
    with pytest.raises((ValueError, TypeError)):
        node.call("console_text", instance=instance)


def test_methods_are_all_there(node):
    names = itertools.chain(node.agent.methods())
    calls = {"ping", "hello", "submit", "collect", "acknowledge", "refuse", "sweep", "inspect", "console_text"}
    assert set(names) == {*calls, "image_piece", "image_drop"}
