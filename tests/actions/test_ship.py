"""Images on their way to nodes with a store of their own: once, before the orders that need them, and in nobody's way."""

import pytest

from stratus.actions import dispatch, records, ship
from stratus.actions.node import enroll
from stratus.actions.term import inline_term
from stratus.drivers.images.memory import MemoryImageStore
from stratus.drivers.link.memory import Fault
from stratus.errors import NoCapacity
from stratus.model.node import Node
from stratus.model.requests import (
    ChangeNodeRequest,
    DeleteImageRequest,
    DescribeRequest,
    EnrolRequest,
    ImportImageRequest,
    KillRequest,
    RunRequest,
    WaitRequest,
)
from stratus.model.states import State
from tests.memory_cloud import CONTEXT, ROOT, MemoryNode


class Counted(MemoryImageStore):
    """An empty store that counts the pieces that come, and has no room when told so."""

    def __init__(self) -> None:
        super().__init__({})
        self.pieces, self.full = 0, False

    def receive(self, facts, offset, piece):
        self.pieces += bool(piece)
        if piece and self.full:
            raise NoCapacity("no room for an image", hint="df -h")
        return super().receive(facts, offset, piece)


@pytest.fixture
def away(site):
    """The only node that takes anything: another machine."""
    node = site.nodes["n2"] = MemoryNode("n2", site.folder / "n2", Counted())
    enroll(site.cloud, EnrolRequest("n2", host="10.0.0.2", is_away=True))
    site.perform(ChangeNodeRequest("node1", enabled=False), ROOT)
    yield node
    node.close()


def node_of(site) -> Node:
    return records.node(site.cloud.ledger, "n2")[0]


def test_an_image_goes_once_before_all_that_need_it(site, away):
    site.run(count=2)
    site.perform(WaitRequest(("1", "2"), timeout_s=10))
    site.run()
    site.perform(WaitRequest(("3",), timeout_s=10))
    identifier = site.image.facts.identifier
    assert (away.images.pieces, node_of(site).images) == (1, (identifier,))
    assert away.images.contents[identifier] == site.images.contents[identifier]
    assert site.images.contents[identifier] is not away.images.contents[identifier]


def test_the_plan_shows_it_for_the_first_instance_only(site, away):
    plans = site.perform(RunRequest("tiny", context=CONTEXT, ram_mib=64, count=2, plan=True)).plans
    titles = [plan.steps[0].title for plan in plans]
    assert [title.startswith("send the image") for title in titles] == [True, False]
    assert plans[0].steps[0].commands == (
        ("scp", site.image.facts.path, f"root@10.0.0.2:{site.folder}/n2/images/{site.image.facts.identifier}.raw"),
    )


def test_a_stretch_that_is_over_leaves_the_rest_for_the_next_and_a_kill_passes(site, away):
    away.link.fault = Fault.UNREACHABLE
    (instance,) = site.run()
    away.link.fault = None
    identifier = instance.image
    with inline_term(site.cloud) as term:
        assert term is not None
        assert not ship.ship(site.cloud, node_of(site), identifier, term, stretch_s=-1.0)
    site.perform(KillRequest((str(instance.id),)))
    assert site.perform(DescribeRequest((str(instance.id),)))[0].instance.state is State.DONE
    assert away.images.pieces == 0


def test_a_node_without_room_fails_the_run_and_says_so(site, away):
    away.images.full = True
    (instance,) = site.run()
    (view,) = site.perform(DescribeRequest((str(instance.id),)))
    assert view.instance.state is State.FAILED
    assert "n2 cannot be given the image: no room" in view.instance.error
    away.images.full = False
    site.perform(KillRequest((str(instance.id),)))
    (again,) = site.run()
    site.perform(WaitRequest((str(again.id),), timeout_s=10))


def test_copies_of_what_was_deleted_go_with_the_next_look(site, away):
    other = site.perform(ImportImageRequest("/images/other.img", "other"))
    (instance,) = site.run(image="other")
    site.perform(WaitRequest((str(instance.id),), timeout_s=10))
    site.perform(KillRequest((str(instance.id),)))
    site.perform(WaitRequest((str(instance.id),), "done", timeout_s=10))
    site.perform(DeleteImageRequest(("other",)), ROOT)
    assert other.facts.identifier in away.images.contents
    dispatch.once(site.cloud)
    assert other.facts.identifier not in away.images.contents and node_of(site).images == ()


def test_what_is_broken_on_the_way_is_refused_and_sent_again(site, away):
    facts = site.image.facts
    content = site.images.contents[facts.identifier]
    site.images.contents[facts.identifier] = b"x" * len(content)
    (instance,) = site.run()
    assert site.perform(DescribeRequest((str(instance.id),)))[0].instance.state is State.FAILED
    site.images.contents[facts.identifier] = content
    (again,) = site.run()
    site.perform(WaitRequest((str(again.id),), timeout_s=10))
    assert away.images.contents[facts.identifier] == content
