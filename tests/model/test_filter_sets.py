"""nft's listing of the filter, read back."""

import json

import pytest

from stratus.errors import BadInput
from stratus.model.filter_sets import speakers
from stratus.model.inspection import Speaker

CARD = ("st1n0", "02:00:0a:4d:00:05")


def listing(**sets: list[list[str]]) -> str:
    """As nft 1.0.6 prints it: single values as they are, others as concatenations."""
    elements = {name: [one[0] if len(one) == 1 else {"concat": one} for one in many] for name, many in sets.items()}
    told = [{"set": {"family": "bridge", "name": name, "elem": many}} for name, many in elements.items()]
    return json.dumps({"nftables": [{"metainfo": {"version": "1.0.6"}}, {"table": {"name": "stratus"}}, *told]})


def whole() -> dict[str, list[list[str]]]:
    return {
        "taps": [["st1n0"]],
        "cards": [[*CARD]],
        "clients": [["st1n0", "2199196073989"]],
        "leases": [[*CARD, "10.77.0.5"]],
    }


def test_a_port_is_what_stands_in_all_four_sets() -> None:
    assert speakers(listing(**whole())) == (Speaker(*CARD, "10.77.0.5"),)


@pytest.mark.parametrize("name", ["taps", "cards", "clients"])
def test_a_port_that_one_set_lacks_is_not_whole(name: str) -> None:
    assert speakers(listing(**{**whole(), name: []})) == (Speaker(*CARD, "10.77.0.5", whole=False),)


def test_a_tap_without_a_lease_is_seen() -> None:
    assert speakers(listing(taps=[["st7n0"]])) == (Speaker("st7n0", "", "", whole=False),)


@pytest.mark.parametrize("text", ["", "[]", '{"nftables": [{"set": {}}]}', '{"nftables": 7}'])
def test_what_is_no_listing_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        speakers(text)
