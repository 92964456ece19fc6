"""Text as mdoc(7) source: escaped, so that it reads on the page as it stands here."""

import re
from collections.abc import Iterable, Sequence

# A minus that groff leaves alone can be copied from the page into a shell; so can these quotes and marks.
_SPECIAL = {"\\": r"\e", "-": r"\-", "'": r"\(aq", '"': r"\(dq", "`": r"\(ga", "^": r"\(ha", "~": r"\(ti"}
_SENTENCE_END = re.compile(r"(?<=[\w)\"`][.?:])\s+(?=[A-Z`])")
_CODE = re.compile(r"`([^`]+)`")


def escaped(text: str) -> str:
    """The text with every character that roff would take for something else written as its name."""
    return "".join(_SPECIAL.get(character) or _beyond_ascii(character) for character in text)


def prose(text: str) -> str:
    """A paragraph: one sentence a line, what stands in backquotes bold."""
    sentences = _SENTENCE_END.split(" ".join(text.split()))
    return "\n".join(_line("".join(_marked(sentence))) for sentence in sentences if sentence)


def argument(text: str) -> str:
    """One argument of a macro."""
    source = escaped(text)
    # mdoc calls macros that it finds among arguments, and sets punctuation apart.
    if len(text) <= 3 or not text[0].isalnum():
        source = r"\&" + source
    return f'"{source}"' if " " in source else source


def macro(name: str, *arguments: str) -> str:
    """A line that calls a macro with text."""
    return " ".join((f".{name}", *map(argument, arguments)))


def section(title: str, *blocks: str) -> str:
    """A section; empty blocks are left out, and so is a section of nothing else."""
    kept = [block for block in blocks if block]
    return "\n".join((f".Sh {title}", *kept)) if kept else ""


def paragraphs(texts: Iterable[str]) -> str:
    """Paragraphs of prose."""
    return "\n.Pp\n".join(prose(text) for text in texts)


def literal(lines: Sequence[str]) -> str:
    """Lines that are printed as they are."""
    return "\n".join((".Bd -literal -offset indent", *(_line(escaped(line)) for line in lines), ".Ed"))


def tagged(items: Iterable[tuple[str, str]]) -> str:
    """A list of heads (source) and their texts (source)."""
    entries = [f"{head}\n{text}" for head, text in items]
    return "\n".join((".Bl -tag -width Ds", *entries, ".El")) if entries else ""


def columns(items: Iterable[tuple[str, str]]) -> str:
    """A compact list: a word, and one line on it."""
    pairs = [(argument(word), _line(escaped(text))) for word, text in items]
    width = max((len(word) for word, _ in pairs), default=0)
    entries = (f".It Ic {word}\n{text}" for word, text in pairs)
    return "\n".join((f".Bl -tag -compact -width {'n' * min(width, 24)}", *entries, ".El"))


def see_also(pages: Iterable[tuple[str, str]]) -> str:
    """References to other pages, by section and then by name."""
    wanted = sorted(set(pages), key=lambda page: (page[1], escaped(page[0])))
    lines = [f".Xr {escaped(name)} {number} ," for name, number in wanted]
    return section("SEE ALSO", "\n".join(lines).removesuffix(" ,"))


def page(name: str, number: str, date: str, about: str, *sections: str) -> str:
    """A whole page."""
    head = (
        r".\" Written by stratus.commands.man: change what it describes, then run: make man",
        f".Dd {date}",
        f".Dt {escaped(name.upper())} {number}",
        ".Os stratus",
        ".Sh NAME",
        macro("Nm", name),
        f".Nd {escaped(about)}",
    )
    return "\n".join((*head, *filter(None, sections))) + "\n"


def _marked(sentence: str) -> Iterable[str]:
    for number, piece in enumerate(_CODE.split(sentence)):
        yield rf"\fB{escaped(piece)}\fP" if number % 2 else escaped(piece)


def _line(source: str) -> str:
    """A line that does not begin with what roff takes for a request."""
    return rf"\&{source}" if source.startswith((".", r"\(aq")) else source


def _beyond_ascii(character: str) -> str:
    return character if character.isascii() else rf"\[u{ord(character):04X}]"
