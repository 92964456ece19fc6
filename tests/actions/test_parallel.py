"""Many at once want the last of what there is: nobody gets anything twice, and nothing is lost."""

import multiprocessing

import pytest

from stratus.actions import records
from stratus.actions.run import run
from stratus.errors import NoCapacity
from stratus.model.requests import Actor
from tests.actions import crowd

pytestmark = pytest.mark.slow

USERS, LEFT, TAKEN = 50, 30, 31


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "ledger.sqlite")


def all_at_once(path):
    """What fifty processes were told."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.actions.crowd"])
    starting_line, told = context.Barrier(USERS), context.SimpleQueue()
    users = [
        context.Process(target=crowd.one_user, args=(path, number, starting_line, told.put)) for number in range(USERS)
    ]
    for user in users:
        user.start()
    answers = [told.get() for _ in users]
    for user in users:
        user.join(60)
        assert user.exitcode == 0
    return answers


def test_fifty_processes_share_the_last_thirty_addresses(path):
    cloud = crowd.open_front_end(path)
    crowd.furnish(cloud)
    before = run(cloud, crowd.wish(count=TAKEN), Actor("early"), crowd.silent).instances
    answers = all_at_once(path)
    accepted = [answer for answer in answers if answer[0] == "accepted"]
    refused = [answer for answer in answers if answer[0] == "refused"]
    assert len(accepted) == LEFT and len(refused) == USERS - LEFT
    assert {kind for _, kind, _, _ in refused} == {NoCapacity.__name__}
    ids, names, addresses = ({answer[n] for answer in accepted} for n in (1, 2, 3))
    assert len(ids) == len(names) == len(addresses) == LEFT
    assert not addresses & {instance.lease.address for instance in before}
    assert ids == set(range(TAKEN + 1, TAKEN + LEFT + 1))
    assert_exact(cloud, TAKEN + LEFT)
    cloud.close()


def assert_exact(cloud, count):
    """The ledger's counters say what its documents say."""
    living = records.instances(cloud.ledger)
    orders = records.orders(cloud.ledger)
    node = records.node(cloud.ledger, "node1")[0]
    assert len(living) == len(orders) == count
    assert {order.order.id for order in orders} == {instance.order for instance in living}
    assert (node.used.instances, node.used.vcpu, node.used.ram_mib) == (count, count, 16 * count)
    assert len(cloud.ledger.find(records.ADDRESS)) == len(cloud.ledger.find(records.NAME)) == count
    for counter in ("instance", "order"):
        document = cloud.ledger.get(records.COUNTER, counter)
        assert document is not None and document.body["last"] == count
