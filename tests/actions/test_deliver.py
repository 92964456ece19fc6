"""Many orders and many reports: what is read, marked, sent and settled at a time."""

import pytest

from stratus.actions import collect, records
from stratus.actions.deliver import AT_ONCE, deliver, deliverable, is_due
from stratus.actions.term import inline_term
from stratus.drivers.ledger.memory import MemoryLedger
from stratus.model.order import Dispatched, Order, Report
from stratus.model.states import State
from tests.memory_cloud import MemoryCloud


@pytest.fixture
def site(tmp_path):
    site = MemoryCloud(tmp_path)
    yield site
    site.close()


def queue(site: MemoryCloud, count: int, *, status: str = "waiting", first: int = 1000) -> list[str]:
    """The ids of orders about instances that nobody knows."""
    orders = [Order(f"{number:012d}-{number}", number, 1, 1, "kill", ()) for number in range(first, first + count)]
    sent_s = site.clock() if status == "sent" else 0.0
    site.cloud.ledger.commit([records.put_order(Dispatched(order, "node1", status, 0.0, sent_s)) for order in orders])
    return [order.id for order in orders]


class CountingLedger(MemoryLedger):
    """Counts the documents that are found in it."""

    found = 0

    def find(self, *words, **more):
        documents = super().find(*words, **more)
        self.found += len(documents)
        return documents


def test_of_many_orders_a_bounded_part_is_read_to_know_that_some_wait(tmp_path):
    ledger = CountingLedger()
    site = MemoryCloud(tmp_path, ledger=ledger)
    try:
        queue(site, 5 * AT_ONCE)
        node, _ = records.node(ledger, "node1")
        before = ledger.found
        assert is_due(site.cloud, node)
        assert 0 < ledger.found - before <= 2 * AT_ONCE
    finally:
        site.close()


def test_all_of_many_orders_are_delivered_once_each_and_in_their_order(site):
    ids = queue(site, 2 * AT_ONCE + 1)
    node, _ = records.node(site.cloud.ledger, "node1")
    with inline_term(site.cloud) as term:
        assert term is not None
        before = site.cloud.ledger.revision()
        deliver(site.cloud, node, term)
        lines = [order.order.id for order in records.orders(site.cloud.ledger) if order.status == "sent"]
    assert lines == ids and not is_due(site.cloud, node)
    assert site.cloud.ledger.revision() - before < 6  # three pages, and the hold on the node


def test_orders_that_wait_are_found_behind_many_that_are_under_way(site):
    queue(site, 2 * AT_ONCE, status="sent")
    (behind,) = queue(site, 1, first=9000)
    node, _ = records.node(site.cloud.ledger, "node1")
    assert [order.order.id for order in deliverable(site.cloud, node)] == [behind]


def test_reports_of_several_instances_are_settled_by_one_commit(site):
    ids = queue(site, 5, status="sent")
    before = site.cloud.ledger.revision()
    reports = [Report(order_id, int(order_id.rpartition("-")[2]), 1, None, (), 1.0) for order_id in ids]
    with inline_term(site.cloud) as term:
        assert collect.settle_all(site.cloud, reports, term.lease) == {}
    assert site.cloud.ledger.revision() == before + 1
    assert not records.orders(site.cloud.ledger)


def test_a_report_that_came_twice_in_one_batch_counts_once(site):
    (instance,) = site.run()
    order = records.orders(site.cloud.ledger)[0].order
    report = Report(order.id, instance.id, order.generation, None, (), site.clock())
    with inline_term(site.cloud) as term:
        assert collect.settle_all(site.cloud, [report, report], term.lease) == {}
    assert records.instance(site.cloud.ledger, instance.id)[0].state is State.RUNNING
    assert len(site.cloud.ledger.find(records.ORDER_ARCHIVE)) == 1


def test_one_report_that_cannot_be_settled_keeps_no_other_from_it(site):
    ids = queue(site, 3, status="sent")
    reports = [Report(order_id, int(order_id.rpartition("-")[2]), 1, None, (), 1.0) for order_id in ids]
    spoilt = Report(ids[1], reports[1].instance_id, 1, None, (), float("nan"))
    with inline_term(site.cloud) as term:
        refused = collect.settle_all(site.cloud, [reports[0], spoilt, reports[2]], term.lease)
    assert list(refused) == [ids[1]]
    assert [order.order.id for order in records.orders(site.cloud.ledger)] == [ids[1]]
