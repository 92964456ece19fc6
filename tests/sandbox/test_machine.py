"""One played node, called as the front end does."""

import pytest

from stratus.drivers.images.memory import MemoryImageStore
from stratus.errors import NodeUnreachable
from stratus.model.codec import encode
from stratus.sandbox.machine import Machine
from stratus.sandbox.trouble import Fault, Told, Trouble
from tests.model import samples

FOR_EVER = 1e9


def machine(folder):
    trouble = Trouble("node1", hang_s=0.01)
    return Machine("node1", folder / "node1", folder / "images", MemoryImageStore({}), trouble)


@pytest.fixture
def node(tmp_path):
    return machine(tmp_path)


def told(fault):
    return Told(fault, FOR_EVER, 0.0)


def call(node, method, **params):
    return node.methods()[method](params)


def submitted(node, order):
    call(node, "submit", orders=[encode(order)])
    (report,) = call(node, "collect", wait_s=10.0)["reports"]
    return report[1]


def test_nothing_is_made_before_the_first_call(tmp_path, node):
    assert list(tmp_path.iterdir()) == []
    call(node, "ping")
    assert (tmp_path / "node1" / "node" / "queues" / "inbox").is_dir()


def test_an_order_is_carried_out_by_the_real_agent_and_remembered(tmp_path, node):
    order = samples.order()
    report = submitted(node, order)
    assert (report["order_id"], report["generation"]) == (order.id, order.generation)
    assert "gave the order up" not in str(report["fault"])
    assert call(node, "inspect")["inspection"]["strays"] == []
    assert call(machine(tmp_path), "collect")["reports"] == call(node, "collect")["reports"]


def test_a_hypervisor_that_hangs_makes_the_node_sick(node):
    node.tell(told(Fault.HANG))
    answer = call(node, "sweep")
    assert answer["domains"] is None
    assert "hypervisor did not answer" in answer["ailments"][0]["text"]
    node.tell(None)
    assert call(node, "sweep")["domains"] == {}


def test_a_full_disk_is_an_ailment_while_it_lasts(node):
    node.tell(told(Fault.DISK_FULL))
    assert "disk is full" in call(node, "sweep")["ailments"][0]["text"]
    node.tell(None)
    assert call(node, "sweep")["ailments"] == []


def test_nothing_gets_through_to_a_node_that_is_cut_off(node):
    node.tell(told(Fault.PARTITION))
    for method in ("ping", "sweep", "collect"):
        with pytest.raises(NodeUnreachable):
            call(node, method)
    node.tell(None)
    assert call(node, "ping") == {"epoch": 0}


def test_a_machine_that_was_started_anew_answers_and_has_no_fault_left(node):
    call(node, "ping")
    node.tell(told(Fault.REBOOT))
    assert call(node, "ping") == {"epoch": 0}
    assert node.trouble.told() is None
