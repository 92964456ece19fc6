"""The terms of an expression: comparisons, and what joins them. Each can say what of it is not met. Pure."""

import operator
from collections.abc import Callable, Mapping

from stratus.model.values import dataclass

Facts = Mapping[str, str | int]
_ORDER: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True)
class Comparison:
    """NAME OP VALUE. `=` and `!=` compare numbers as numbers, and text by a pattern in which * is anything."""

    name: str
    sign: str  # = != < <= > >=
    value: str

    def missed(self, facts: Facts) -> str:
        """The comparison and what is there instead; "" if it holds. What a node does not have is unlike everything."""
        has = facts.get(self.name.lower(), "")
        if self._holds(str(has)):
            return ""
        return f"{self}: it has {has if has != '' else 'none'}"

    def _holds(self, has: str) -> bool:
        left, right = _number(has), _number(self.value)
        if self.sign in _ORDER:
            return left is not None and right is not None and _ORDER[self.sign](left, right)
        same = left == right if left is not None and right is not None else _is_like(has, self.value)
        return same is (self.sign == "=")

    def __str__(self) -> str:
        value = self.value if _number(self.value) is not None else f'"{self.value}"'
        return f"{self.name} {self.sign} {value}"


@dataclass(frozen=True)
class Not:
    """What must not hold."""

    term: "Term"

    def missed(self, facts: Facts) -> str:
        """The term, if it holds."""
        return "" if self.term.missed(facts) else str(self)

    def __str__(self) -> str:
        return f"!({self.term})"


@dataclass(frozen=True)
class All:
    """Terms that must all hold."""

    terms: "tuple[Term, ...]"

    def missed(self, facts: Facts) -> str:
        """What the first lacks that does not."""
        return next((missed for term in self.terms if (missed := term.missed(facts))), "")

    def __str__(self) -> str:
        return " & ".join(f"({term})" if isinstance(term, OneOf) else str(term) for term in self.terms)


@dataclass(frozen=True)
class OneOf:
    """Terms of which one must hold."""

    terms: "tuple[Term, ...]"

    def missed(self, facts: Facts) -> str:
        """What each of them lacks, if none holds."""
        missed = [term.missed(facts) for term in self.terms]
        return ", nor ".join(missed) if all(missed) else ""

    def __str__(self) -> str:
        return " | ".join(map(str, self.terms))


Term = Comparison | Not | All | OneOf


def _number(text: str) -> float | None:
    """The number that a text is; never one that is neither before nor after others."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if number == number else None


def _is_like(text: str, pattern: str) -> bool:
    """Whether the text is like the pattern, in capital letters or small; * is any text, also none."""
    text, pattern = text.lower(), pattern.lower()
    if "*" not in pattern:
        return text == pattern
    first, *middle, last = pattern.split("*")
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    place, end = len(first), len(text) - len(last)
    for part in middle:  # the first place for each is as good as any: nothing is ever tried twice
        found = text.find(part, place, end)
        if found < 0:
            return False
        place = found + len(part)
    return True
