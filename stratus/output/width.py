"""How wide text is on a terminal, and tables that are no wider than it. Pure."""

from collections.abc import Mapping, Sequence

MARK = "~"  # at the end of what was cut
GAP = 2
_LEAST, _LEAST_DEAR = 5, 16  # a column that is narrower than this says nothing: it is left out


def width(text: str) -> int:
    """The columns of a terminal that `text` takes: two for a wide character, none for a mark over another."""
    if text.isascii():
        return len(text)
    from unicodedata import category, east_asian_width

    def of(char: str) -> int:
        if category(char) in ("Mn", "Me", "Cf"):
            return 0
        return 2 if east_asian_width(char) in "WF" else 1

    return sum(map(of, text))


def cut(text: str, room: int) -> str:
    """`text` in at most `room` columns; a mark at the end says that something is missing."""
    if width(text) <= room:
        return text
    kept, taken = 0, 0
    for char in text:
        taken += width(char)
        if taken > room - width(MARK):
            break
        kept += 1
    return text[:kept] + MARK[:room]


def fitted(widths: Sequence[int], room: int, plain: Sequence[int], dear: Sequence[int]) -> dict[int, int]:
    """The widths of the columns that fit in `room`, by their places; in a very narrow one the first to be cut are gone.

    The places in `plain` are cut first, then those in `dear`, both in this order."""
    order = (*plain, *dear)
    least: dict[int, int] = {}
    for place in reversed(order):
        more = {place: min(widths[place], _LEAST_DEAR if place in dear else _LEAST)}
        if not least or _total(least | more) <= room:
            least |= more
    left = {place: width for place, width in enumerate(widths) if place in least}
    for place in (each for each in order if each in left):
        left[place] = max(least[place], left[place] - max(0, _total(left) - room))
    if len(left) == 1:
        return {place: min(width, max(1, room)) for place, width in left.items()}
    return left


def _total(widths: Mapping[int, int]) -> int:
    return sum(widths.values()) + GAP * (len(widths) - 1)
