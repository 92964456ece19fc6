"""How wide text is, and how a table is made to fit."""

import pytest
from rich.cells import cell_len

from stratus.output.width import cut, fitted, width

TEXTS = [
    "",
    "web",
    "\u732b",
    "e\u0301",
    "\u00e9",
    "\uff21",
    "\uac00\uac01",
    "\u0e2a\u0e27\u0e31\u0e2a",
    "\u5b8c\u6210 ok",
]


@pytest.mark.parametrize("text", TEXTS)
def test_the_width_is_the_one_that_rich_counts(text):
    assert width(text) == cell_len(text)


@pytest.mark.parametrize("text", [*TEXTS, "x" * 65536, "\u732b" * 99])
@pytest.mark.parametrize("room", [1, 2, 5, 80])
def test_what_is_cut_fits_and_says_so(text, room):
    short = cut(text, room)
    assert width(short) <= room
    assert short == text or (short.endswith("~") and text.startswith(short[:-1]))


@pytest.mark.parametrize(
    ("widths", "room", "left"),
    [
        ([3, 20, 7, 15, 30], 200, [3, 20, 7, 15, 30]),
        ([3, 20, 7, 15, 30], 80, [3, 20, 7, 15, 27]),  # the plain one at the end gives way first
        ([3, 20, 7, 15, 30], 56, [3, 18, 7, 15, 5]),  # then the dear ones, the dearest last
        ([3, 20, 7, 15, 30], 52, [3, 20, 7, 15, None]),  # what would say nothing is left out
        ([3, 20, 7, 15, 30], 12, [3, None, 7, None, None]),
        ([3, 20, 7, 15, 30], 2, [2, None, None, None, None]),
        ([1], 1, [1]),
    ],
)
def test_columns_are_cut_in_the_order_of_their_importance(widths, room, left):
    plain, dear = ([4], [1, 2, 3, 0]) if len(widths) > 1 else ([], [0])
    assert fitted(widths, room, plain, dear) == {place: size for place, size in enumerate(left) if size is not None}


@pytest.mark.parametrize("room", range(1, 130, 7))
def test_no_table_is_wider_than_the_room(room):
    found = fitted([3, 65536, 7, 15, 30, 1, 40], room, [6, 5, 4], [1, 2, 3, 0])
    assert sum(found.values()) + 2 * (len(found) - 1) <= room
