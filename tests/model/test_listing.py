"""Listings: fields that are named, chosen, sorted and filtered."""

import random

import pytest

from stratus.errors import UsageError
from stratus.model.listing import Listing, Look, arranged, cell, columns_of, filter_of, rank, sort_of

NAMES = ("name", "in use", "cpu%", "size", "size_bytes", "address", "why not kvm")
THINGS: Listing[dict[str, object]] = Listing(
    {name: lambda thing, name=name: thing.get(name) for name in NAMES},
    ("name", "size"),
    lambda thing: thing["name"],
    sorted_as={"size": "size_bytes"},
)


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("name", ("name",)),
        ("size,name", ("size", "name")),
        (" in_use , Why-Not KVM", ("in use", "why not kvm")),
        ("name,NAME,cpu%", ("name", "cpu%")),
    ],
)
def test_columns_are_taken_in_the_order_that_was_asked_for(text, fields):
    assert columns_of(THINGS, text) == fields


@pytest.mark.parametrize("text", ["", ",", "name,", "name,,size"])
def test_a_column_without_a_name_is_refused(text):
    with pytest.raises(UsageError, match="columns are names with commas between"):
        columns_of(THINGS, text)


def test_an_unknown_column_is_answered_with_the_nearest_and_with_all():
    with pytest.raises(UsageError, match="there is no column 'adress'") as caught:
        columns_of(THINGS, "name,adress")
    assert caught.value.hint == f"did you mean address? one of: {', '.join(NAMES)}"
    with pytest.raises(UsageError) as caught:
        sort_of(THINGS, "-\x00")
    assert caught.value.hint.startswith("one of: ")
    with pytest.raises(UsageError) as caught:
        filter_of(THINGS, "x" * 65536 + "=1")
    assert len(caught.value.message) < 200


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        ("name=web", ["web"]),
        ("name!=web", ["db", "web-2"]),
        ("name~WE", ["web", "web-2"]),
        ("in-use=1", ["web"]),
        ("in use=", ["db", "web-2"]),
        ("name=a=b", []),
        ("name~", ["web", "db", "web-2"]),
    ],
)
def test_a_filter_lets_pass_what_meets_it(text, accepted):
    things = [{"name": "web", "in use": 1}, {"name": "db", "in use": None}, {"name": "web-2"}]
    found = arranged(THINGS, things, Look(filters=(filter_of(THINGS, text),)))
    assert [thing["name"] for thing in found] == accepted


def test_all_filters_must_hold():
    things = [{"name": "web", "in use": 1}, {"name": "web", "in use": 2}]
    filters = tuple(filter_of(THINGS, text) for text in ("name=web", "in_use!=1"))
    assert arranged(THINGS, things, Look(filters=filters)) == things[1:]


@pytest.mark.parametrize("text", ["name", "", "=x", "name>3", " " * 65536, " " * 65536 + "="])
def test_what_is_no_condition_is_refused(text):
    with pytest.raises(UsageError):
        filter_of(THINGS, text)


SORTED = [
    [2, 10, 100.5],
    ["10.0.0.9", "10.0.0.10", "192.0.2.1", "2001:db8::9", "2001:db8::10"],
    ["web", "web-2", "web-10", "web-" + "1" * 5000, "zoo"],
    ["1/8", "2/8", "10/8"],
    ["A", "b", "C"],
    [1, "10.0.0.1", "name"],
]


@pytest.mark.parametrize("values", SORTED, ids=lambda values: str(values[0]))
def test_numbers_addresses_and_names_are_sorted_as_such(values):
    things = [{"name": value} for value in values]
    mixed = random.Random(1).sample(things, len(things))
    assert arranged(THINGS, mixed, Look(sort="name")) == things
    assert arranged(THINGS, mixed, Look(sort="-name")) == things[::-1]


def test_equal_ones_stay_as_they_were_and_empty_ones_come_last_either_way():
    things = [{"name": "", "in use": 1}, {"name": "b", "in use": 2}, {"name": "b", "in use": 3}, {"name": "c"}]
    assert arranged(THINGS, things, Look(sort="name")) == [*things[1:], things[0]]
    assert arranged(THINGS, things, Look(sort="-name")) == [things[3], things[1], things[2], things[0]]


def test_a_field_for_people_is_sorted_by_the_one_behind_it():
    things = [
        {"size": "9 KiB", "size_bytes": 9216},
        {"size": "2 GiB", "size_bytes": 2**31},
        {"size": "10 B", "size_bytes": 10},
    ]
    found = arranged(THINGS, things, Look(sort="-size"))
    assert [thing["size"] for thing in found] == ["2 GiB", "9 KiB", "10 B"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (True, "True"), ("a", "a"), (0, "0"), (["a", "b"], "a, b"), ({"boot": 1.5}, "boot 1.5"), ([], "")],
)
def test_a_value_becomes_the_text_of_a_cell(value, text):
    assert cell(value) == text


def test_anything_can_be_compared_with_anything():
    values = [1, True, 1.5, "", "x", "1.2.3.4", "1.2.3.4.5", "::1", ":", "\udcff", "٣", [], {}, None, "9" * 9999]
    assert len(sorted(values, key=rank)) == len(values)
