"""What is said of nodes: zones, labels, reservations."""

import pytest

from stratus.errors import BadInput, NotFound
from stratus.model.codec import decode, encode
from stratus.model.node import Node, Reservation
from stratus.model.placement import Need
from stratus.model.placement.reservations import for_others, kept
from stratus.model.placement.traits import changed, differences
from stratus.model.placement.zones import checked_zone, lies_in
from stratus.model.requests import ChangeNodeRequest
from tests.model import samples

ALICE = Reservation("alice", 4, 8192, 1000, until_s=2000.0)


@pytest.mark.parametrize(
    ("zone", "wanted", "inside"),
    [
        ("eu/paris/pod1", "eu", True),
        ("eu/paris/pod1", "eu/paris", True),
        ("eu/paris", "eu/paris", True),
        ("eu/parisian", "eu/paris", False),
        ("eu", "eu/paris", False),
        ("", "eu", False),
        ("", "", True),
    ],
)
def test_a_zone_lies_in_every_beginning_of_its_path(zone, wanted, inside):
    assert lies_in(zone, wanted) is inside


@pytest.mark.parametrize("text", ["/eu", "eu/", "eu//paris", "a/b/c/d/e", "eu\n", "é", "-eu", "a" * 64, "../etc"])
def test_what_is_no_zone_is_refused(text):
    with pytest.raises(BadInput, match="is no zone"):
        checked_zone(text)


def test_a_reservation_keeps_what_its_owner_does_not_use_yet_from_others_until_it_ends():
    node = samples.node(reservations=(ALICE,))
    assert for_others(node, "bob", 1999.0) == (ALICE,)
    assert for_others(node, "alice", 1999.0) == for_others(node, "bob", 2000.0) == ()
    hers = samples.instance(cpu=1, ram_mib=1024, swap_mib=100, volatile_gib=0, owner="alice")
    stopped = samples.instance(2, cpu=1, ram_mib=1024, swap_mib=2000, volatile_gib=0, holds_capacity=False)
    assert kept([ALICE], []) == Need(4, 8192, 1000)
    assert kept([ALICE], [hers, samples.instance(3, owner="bob")]) == Need(3, 7168, 900)
    assert kept([ALICE], [hers, stopped]) == Need(3, 7168, 0)


def test_a_node_is_changed_as_it_was_asked_and_the_differences_are_told():
    node = samples.node(labels=(("disk", "ssd"), ("gpu", "yes")), reservations=(ALICE,))
    request = ChangeNodeRequest(
        "node1", zone="eu", labels=(("gpu", "no"),), without=("disk",), enabled=False, free="alice"
    )
    after = changed(node, request)
    assert (after.zone, after.labels, after.enabled, after.reservations) == ("eu", (("gpu", "no"),), False, ())
    assert differences(node, after) == (
        "zone: none -> eu",
        "new instances: yes -> no",
        "labels: disk=ssd, gpu=yes -> gpu=no",
        "reserved: 4 CPU, 8192 MiB of RAM, 1000 MiB of disk for alice until 1970-01-01T00:33:20Z -> none",
    )
    assert differences(after, changed(after, ChangeNodeRequest("node1"))) == ()


def test_a_second_reservation_of_one_owner_takes_the_place_of_the_first():
    more = Reservation("alice", 5, 1, 1)
    assert changed(samples.node(reservations=(ALICE,)), ChangeNodeRequest("node1", reserve=more)).reservations == (
        more,
    )


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (ChangeNodeRequest("node1", labels=(("a b", "x"),)), BadInput),
        (ChangeNodeRequest("node1", labels=(("a", "x\n"),)), BadInput),
        (ChangeNodeRequest("node1", labels=(("a", "x" * 256),)), BadInput),
        (ChangeNodeRequest("node1", reserve=Reservation("a", -1, 0, 0)), BadInput),
        (ChangeNodeRequest("node1", without=("gpu",)), NotFound),
        (ChangeNodeRequest("node1", free="alice"), NotFound),
    ],
)
def test_what_cannot_be_said_of_a_node_is_refused(request_, error):
    with pytest.raises(error):
        changed(samples.node(), request_)


def test_a_node_of_before_there_were_zones_is_read():
    node = samples.node(zone="eu", labels=(("a", "b"),), reservations=(ALICE,))
    document = encode(node)
    assert decode(Node, document) == node
    older = {name: value for name, value in document.items() if name not in ("zone", "labels", "reservations")}
    assert decode(Node, older) == samples.node()
