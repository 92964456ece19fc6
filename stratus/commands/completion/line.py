"""An unfinished command line as a shell has it: its words, and how more of the last one is written."""

from stratus.model.values import dataclass

# Behind a backslash inside double quotes, these lose their meaning, and anything else keeps the backslash.
_IN_QUOTES = '$`"\\'
_PLAIN = "_@%+=:,./-"


@dataclass(frozen=True)
class Unfinished:
    """The finished words, without their quotes, and what has been typed of the last one.

    `quote` is the quote that it still stands in; `kept` how much of `value` bash leaves as it is, because a character
    at which it breaks words stands before the rest."""

    words: tuple[str, ...]
    value: str
    quote: str = ""
    kept: int = 0

    def written(self, candidate: str) -> str:
        """What bash shall put in the place of the rest of the last word; "" if that cannot be written."""
        rest = candidate[self.kept :]
        if self.quote == "'":
            return rest.replace("'", "'\\''")
        if self.quote:
            # An exclamation mark inside double quotes is the history's, and no backslash takes that away.
            return "" if "!" in rest else "".join(f"\\{c}" if c in _IN_QUOTES else c for c in rest)
        return "".join(c if c.isalnum() or c in _PLAIN else f"\\{c}" for c in rest)


def read_line(text: str, breaks: str = "") -> Unfinished:
    """The line up to the cursor. Nothing in it is expanded: `$(date)` is these seven characters."""
    words: list[str] = []
    value, quote, kept, begun = "", "", 0, False
    characters = iter(text)
    for c in characters:
        if quote:
            if c == quote:
                quote, kept = "", len(value)
            elif c == "\\" and quote == '"':
                value += _behind_backslash(next(characters, ""))
            else:
                value += c
        elif c in " \t\n":
            if begun:
                words.append(value)
            value, kept, begun = "", 0, False
            continue
        elif c in "'\"":
            quote, kept = c, len(value)
        else:
            value += next(characters, "") if c == "\\" else c
            kept = len(value) if c in breaks and c != "\\" else kept
        begun = True
    return Unfinished(tuple(words), value, quote, kept)


def _behind_backslash(c: str) -> str:
    return c if c and c in _IN_QUOTES else f"\\{c}"
