"""How bytes become lines, and lines become answers."""

import io

import pytest

from stratus.drivers.link.lines import decode, encode, outcome, split_lines
from stratus.errors import BadInput, StaleOrder, StratusError


def lines_of(text: bytes, *, chunk: int, limit: int = 10) -> list[bytes | None]:
    stream = io.BytesIO(text)
    return list(split_lines(lambda _: stream.read(chunk), limit))


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 1000])
def test_lines_are_the_same_however_the_bytes_arrive(chunk: int) -> None:
    text = b"one\n\n  \ntwo two\n0123456789\n0123456789a\nthree\n" + b"x" * 35 + b"\nfour\ntorn"

    assert lines_of(text, chunk=chunk) == [b"one", b"two two", b"0123456789", None, b"three", None, b"four"]


def test_a_line_is_ascii_and_has_one_newline() -> None:
    line = encode({"text": "é\n\u2028"})

    assert line == b'{"text":"\\u00e9\\n\\u2028"}\n'
    assert decode(line) == {"text": "é\n\u2028"}


@pytest.mark.parametrize("line", [b"", b"[]", b"null", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_object_is_bad_input(line: bytes) -> None:
    with pytest.raises(BadInput):
        decode(line)


def test_an_outcome_is_the_result_or_the_error() -> None:
    assert outcome({"id": 1, "result": {"a": 1}}) == {"a": 1}
    with pytest.raises(StaleOrder, match="old"):
        outcome({"id": 1, "error": {"code": "StaleOrder", "message": "old", "hint": ""}})
    with pytest.raises(StratusError, match="of a later release"):
        outcome({"id": 1, "error": {"code": "BrandNewKind", "message": "of a later release"}})
    for nonsense in ({"id": 1}, {"id": 1, "result": 5}, {"id": 1, "error": "text"}):
        with pytest.raises(StratusError, match="neither a result nor an error"):
            outcome(nonsense)
