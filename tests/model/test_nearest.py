"""The known word that a mistyped one was perhaps meant to be."""

import pytest

from stratus.model.nearest import nearest


@pytest.mark.parametrize(
    ("word", "near"),
    [("wbe", "web"), ("worker-3", "worker-1"), ("zzz", ""), ("", ""), ("w" * 65536, ""), ("web\n", "web")],
)
def test_it_is_the_nearest_or_none(word: str, near: str) -> None:
    assert nearest(word, ("web", "db", "worker-1")) == near
