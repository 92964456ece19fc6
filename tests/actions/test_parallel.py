"""Many at once want the last of what there is: nobody gets anything twice, and nothing is lost."""

import multiprocessing
import subprocess
import sys
from pathlib import Path

import pytest

from stratus.actions import records
from stratus.actions.image.bring_in import bring_in
from stratus.actions.run import run
from stratus.actions.term import inline_term
from stratus.errors import Conflict, NoCapacity
from stratus.model.requests import Actor, ImportImageRequest
from stratus.model.role import Role
from tests.actions import crowd
from tests.drivers.images.web import Site, serving

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]

USERS, LEFT, TAKEN = 200, 50, 11


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "ledger.sqlite")


def all_at_once(path, users, deleters=0, **wishes):
    """What so many processes were told that run an instance, and delete its image."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.actions.crowd", "requests"])
    starting_line, told = context.Barrier(users + deleters), context.SimpleQueue()
    processes = [
        context.Process(target=crowd.one_user, args=(path, number, wishes, starting_line, told.put))
        for number in range(users)
    ]
    told_to_delete = (path, wishes.get("image", ""), starting_line, told.put)
    processes += [context.Process(target=crowd.one_deleter, args=told_to_delete) for _ in range(deleters)]
    for process in processes:
        process.start()
    answers = [told.get() for _ in processes]
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    return answers


@pytest.fixture
def site(path):
    """A furnished front end, and the web server of an image that nobody has fetched yet."""
    cloud = crowd.open_front_end(path)
    crowd.furnish(cloud)
    with serving(Site(b"\xeb" * 2**20)) as web:
        yield cloud, web
    cloud.close()


def test_two_hundred_processes_share_the_last_fifty_addresses_and_one_download(path, site):
    cloud, web = site
    before = run(cloud, crowd.wish(count=TAKEN), Actor("early"), crowd.silent).instances
    answers = all_at_once(path, USERS, image=web.url)
    accepted = [answer for answer in answers if answer[0] == "accepted"]
    refused = [answer for answer in answers if answer[0] == "refused"]
    downloads = [request for request in web.requests if "If-None-Match" not in request]
    assert len(downloads) == 1  # others may have asked whether it has changed
    assert len(accepted) == LEFT and len(refused) == USERS - LEFT
    assert {kind for _, kind, _, _ in refused} == {NoCapacity.__name__}
    assert all("address" in cause for _, _, cause, _ in refused)
    ids, names, addresses = ({answer[n] for answer in accepted} for n in (1, 2, 3))
    assert len(ids) == len(names) == len(addresses) == LEFT
    assert not addresses & {instance.lease.address for instance in before}
    assert ids == set(range(TAKEN + 1, TAKEN + LEFT + 1))
    assert_exact(cloud, TAKEN + LEFT)


def test_of_many_who_want_the_same_name_or_address_at_once_one_gets_it(path, site):
    for wishes, cause in (({"name": "web"}, "web"), ({"address": "172.30.16.60"}, "172.30.16.60")):
        answers = all_at_once(path, 30, **wishes)
        assert sorted(answer[0] for answer in answers) == ["accepted"] + ["refused"] * 29
        refusals = [(kind, told) for outcome, kind, told, _ in answers if outcome == "refused"]
        assert {kind for kind, _ in refusals} == {Conflict.__name__} and all(cause in told for _, told in refusals)
    assert_exact(site[0], 2)


@pytest.mark.parametrize("attempt", range(3))
def test_an_image_that_is_deleted_while_it_is_run_is_either_gone_or_in_use(path, site, attempt):
    cloud, web = site
    image = bring_in(cloud, ImportImageRequest(web.url, "hello"), Actor("early", Role.ADMIN), crowd.silent)
    answers = all_at_once(path, 8, deleters=8, image=image.facts.identifier)

    accepted = [answer for answer in answers if answer[0] == "accepted"]
    deleted = [answer for answer in answers if answer[0] == "deleted"]
    assert bool(deleted) != bool(accepted)
    assert (cloud.images.get(image.facts.identifier) is None) == bool(deleted)
    assert {kind for outcome, kind, _, _ in answers if outcome == "refused"} <= {"NotFound"}
    assert {kind for outcome, kind, _, _ in answers if outcome == "kept"} <= {"Conflict", "NotFound"}
    assert_exact(cloud, len(accepted))


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
        assert (document.body["last"] if document else 0) == count


HOLDER = """
import sys
from stratus.actions.term import inline_term
from tests.actions import crowd
with inline_term(crowd.open_front_end(sys.argv[1])) as term:
    print(term is not None, flush=True)
    sys.stdin.read()
"""


def test_a_command_that_is_killed_while_it_dispatches_holds_nobody_up(path, site):
    argv = [sys.executable, "-c", HOLDER, path]
    with subprocess.Popen(argv, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "True\n"
        with inline_term(site[0]) as term:
            assert term is None
        holder.kill()
    with inline_term(site[0]) as term:
        assert term is not None
