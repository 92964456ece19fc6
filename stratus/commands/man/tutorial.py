"""stratus-tutorial(7), from docs/tutorial.md: headings, paragraphs, and what is typed."""

import re
from collections.abc import Iterator

from stratus.commands.man import mdoc

_LINK = re.compile(r"\[([^\]]+)\]\([^)\s]+\)")
_TYPED = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PROSE = re.compile(r"(?:^(?!#|```)\S.*\n?)+", re.MULTILINE)


def page(markdown: str, date: str) -> str:
    """The page's source."""
    head, *parts = re.split(r"^## ", markdown, flags=re.MULTILINE)
    opening = mdoc.section("DESCRIPTION", *_blocks(head.partition("\n")[2]))
    sections = [mdoc.section(mdoc.escaped(title.upper()), *_blocks(text)) for title, text in map(_parted, parts)]
    related = (("stratus", "1"), ("stratus-run", "1"), ("stratus-describe", "1"), ("stratuslab-user.cfg", "5"))
    return mdoc.page(
        "stratus-tutorial", "7", date, "the first ten minutes with stratus", opening, *sections, mdoc.see_also(related)
    )


def _parted(part: str) -> tuple[str, str]:
    title, _, text = part.partition("\n")
    return title, text


def _blocks(text: str) -> Iterator[str]:
    """Paragraphs and what is typed between them, in their order."""
    between = ""
    for number, piece in enumerate(_TYPED.split(text)):
        if number % 2:
            yield mdoc.literal(piece.rstrip("\n").split("\n"))
        else:
            for match in _PROSE.finditer(piece):
                yield between + mdoc.prose(_LINK.sub(r"\1", match[0]))
                between = ".Pp\n"
