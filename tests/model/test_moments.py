"""Moments and spans, as people read them."""

import pytest

from stratus.model.moments import iso, span


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0s"),
        (0, "0s"),
        (59.9, "59s"),
        (60, "1m0s"),
        (192, "3m12s"),
        (3599, "59m59s"),
        (18180, "5h3m"),
        (86400, "1d0h"),
        (1051200, "12d4h"),
    ],
)
def test_a_span_is_told_by_its_two_largest_units(seconds, text):
    assert span(seconds) == text


def test_a_moment_is_told_in_utc():
    assert iso(1790000000.9) == "2026-09-21T14:13:20Z"
    assert iso(0) == ""
