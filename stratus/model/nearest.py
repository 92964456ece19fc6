"""The known word that a mistyped one was perhaps meant to be."""

from collections.abc import Iterable

_LONGEST = 200  # no name is longer; comparing takes the square of it


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that is nearest to `word`; "" if none is near."""
    import difflib  # only a message needs it, and its import would cost every start

    return next(iter(difflib.get_close_matches(word[:_LONGEST], list(known), n=1)), "")
