"""From text to terms: our own reader of requirements, with the place of whatever it does not understand. Pure.

    any  = all ("|" all)*            all = one ("&" one)*
    one  = "!" one | "(" any ")" | NAME ("=" | "!=" | "<" | "<=" | ">" | ">=") VALUE

`==`, `&&`, `||`, and the words `and`, `or`, `not` are the same; a value is a number, a word, or text in quotes."""

import re
from collections.abc import Callable, Sequence

from stratus.errors import BadInput
from stratus.model.placement.requirements import Requirements
from stratus.model.placement.requirements.terms import All, Comparison, Not, OneOf, Term
from stratus.model.values import dataclass

MAX_LENGTH, MAX_DEPTH = 2000, 20
# StratusLab's own help has quotes behind backslashes.
_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<text>\\?"(?P<double>[^"\\]*)\\?"|'(?P<single>[^']*)')
      | (?P<sign>\|\|?|&&?|==|!=|<=|>=|[=<>!()])
      | (?P<word>[^\s|&=<>!()"'\\]+)""",
    re.VERBOSE,
)
_SAME = {"||": "|", "&&": "&", "==": "=", "or": "|", "and": "&", "not": "!"}
_COMPARES = ("=", "!=", "<", "<=", ">", ">=")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*\Z")


@dataclass(frozen=True)
class Token:
    """One word or sign, and where it begins, counted from 1."""

    kind: str  # sign | word | text | end
    value: str
    place: int


def requirements_of(text: str) -> Requirements:
    """The requirements that a text states; none, if it is empty. Raises BadInput with the place of what is wrong."""
    if len(text) > MAX_LENGTH:
        raise BadInput(f"these requirements have {len(text)} characters; at most {MAX_LENGTH} are read")
    tokens = _tokens(text)
    return Requirements(text.strip(), _Reader(text, tokens).whole()) if len(tokens) > 1 else Requirements()


def _tokens(text: str) -> list[Token]:
    tokens, place = [], 0
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            quote = text[place] in "\"'\\"
            raise _wrong(text, place + 1, "this quote has no end" if quote else "this means nothing here")
        if not found["space"]:
            tokens.append(_token(found, place + 1))
        place = found.end()
    return [*tokens, Token("end", "", len(text) + 1)]


def _token(found: re.Match[str], place: int) -> Token:
    if found["text"]:
        return Token("text", found["double"] or found["single"] or "", place)
    value = found["sign"] or found["word"]
    same = _SAME.get(value.lower(), value)
    return Token("sign" if found["sign"] or same != value else "word", same, place)


class _Reader:
    """Goes through the tokens once; what is nested goes at most so deep."""

    def __init__(self, text: str, tokens: Sequence[Token]) -> None:
        self._text, self._tokens, self._at, self._depth = text, tokens, 0, 0

    def whole(self) -> Term:
        """The term that all the tokens are."""
        term = self._any()
        if self._next.kind != "end":
            raise self._wrong("& or | is missing before it")
        return term

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _any(self) -> Term:
        terms = self._joined("|", self._all)
        return terms[0] if len(terms) == 1 else OneOf(terms)

    def _all(self) -> Term:
        terms = self._joined("&", self._one)
        return terms[0] if len(terms) == 1 else All(terms)

    def _joined(self, sign: str, part: Callable[[], Term]) -> tuple[Term, ...]:
        terms = [part()]
        while self._is(sign):
            self._at += 1
            terms.append(part())
        return tuple(terms)

    def _one(self) -> Term:
        if not (self._is("!") or self._is("(")):
            return self._comparison()
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._wrong(f"it is nested deeper than {MAX_DEPTH}")
        term = Not(self._one()) if self._take().value == "!" else self._closed()
        self._depth -= 1
        return term

    def _closed(self) -> Term:
        term = self._any()
        if not self._is(")"):
            raise self._wrong(") is missing before it")
        self._at += 1
        return term

    def _comparison(self) -> Term:
        if self._next.kind != "word" or not _NAME.match(self._next.value):
            raise self._wrong("the name of a label, or of what a node has, is wanted here")
        name = self._take().value
        if self._next.kind != "sign" or self._next.value not in _COMPARES:
            raise self._wrong(f"one of {' '.join(_COMPARES)} is wanted here")
        sign = self._take().value
        if self._next.kind not in ("word", "text"):
            raise self._wrong("a number, a word or text in quotes is wanted here")
        return Comparison(name, sign, self._take().value)

    def _is(self, sign: str) -> bool:
        return self._next.kind == "sign" and self._next.value == sign

    def _take(self) -> Token:
        self._at += 1
        return self._tokens[self._at - 1]

    def _wrong(self, what: str) -> BadInput:
        return _wrong(self._text, self._next.place, what)


def _wrong(text: str, place: int, what: str) -> BadInput:
    rest = text[place - 1 :].split(maxsplit=1)
    found = f"{rest[0][:20]!r}" if rest else "the end"
    return BadInput(f"requirements, at character {place}, {found}: {what}", hint="such as: CPUS >= 8 & NAME = node*")
