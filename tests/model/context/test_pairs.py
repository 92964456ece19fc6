import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stratus.errors import BadInput
from stratus.model.context.pairs import check_variable, merged, parse_file, parse_pairs

NAMES = st.from_regex(r"\AV_[A-Za-z0-9_]{0,8}\Z")
VALUES = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=40)


def test_pairs_are_split_at_hashes_and_at_the_first_equals_sign() -> None:
    assert parse_pairs("A=1#B=x=y#C=") == (("A", "1"), ("B", "x=y"), ("C", ""))


def test_a_backslash_keeps_a_hash() -> None:
    assert parse_pairs(r"COLOUR=\#ff0000#PLACE=C:\\#N=\d\\") == (
        ("COLOUR", "#ff0000"),
        ("PLACE", "C:\\"),
        ("N", r"\d\\"),
    )


def test_empty_pairs_and_blank_lines_are_skipped() -> None:
    assert parse_pairs("#A=1##  #") == (("A", "1"),)
    assert parse_file("\n  \nA=1\r\n\n") == (("A", "1"),)
    assert parse_pairs("") == parse_file("") == ()


def test_a_line_keeps_quotes_dollars_and_blanks_as_they_are() -> None:
    assert parse_file('A="it\'s" $HOME `id` # all of it \n') == (("A", '"it\'s" $HOME `id` # all of it '),)


def test_a_line_goes_on_after_a_backslash() -> None:
    assert parse_file("A=one\\\ntwo\\\nthree\nB=C:\\\\\n") == (("A", "one\ntwo\nthree"), ("B", "C:\\"))


def test_the_later_key_wins() -> None:
    assert parse_file("A=1\nB=2\nA=3\n") == (("A", "3"), ("B", "2"))
    assert merged([("A", "1"), ("A", "2")]) == (("A", "2"),)


@pytest.mark.parametrize("line", ["no equals sign", "=value", "1A=x", "A B=x", "A-B=x", "A =x", "# A=x", "é=x"])
def test_a_wrong_line_is_shown_in_stratuslabs_words(line: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_file(f"OK=1\n{line}\n")

    assert caught.value.message == f"Error while parsing contextualization file.\nSyntax error in line `{line}`"


@pytest.mark.parametrize(
    "name", ["PATH", "IFS", "ENV", "BASH_ENV", "LD_PRELOAD", "PS4", "SHELLOPTS", "UID", "OPTIND", "LC_ALL", "_"]
)
def test_a_name_that_steers_the_shell_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match=f"{name} would break the shell"):
        parse_pairs(f"{name}=x")


@pytest.mark.parametrize("value", ["a\0b", "\ud800"])
def test_a_value_that_no_shell_can_hold_is_refused(value: str) -> None:
    with pytest.raises(BadInput, match="the value of the context variable A is not text"):
        check_variable("A", value)


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(NAMES, VALUES, max_size=5))
def test_whatever_is_escaped_comes_back(variables: dict[str, str]) -> None:
    pairs = tuple(variables.items())

    assert parse_pairs("".join(f"{key}={_escaped(value, '#')}#" for key, value in pairs)) == pairs


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(NAMES, VALUES.filter(lambda value: "\r" not in value), max_size=5))
def test_whatever_is_escaped_in_a_file_comes_back(variables: dict[str, str]) -> None:
    pairs = tuple(variables.items())

    assert parse_file("".join(f"{key}={_escaped(value, chr(10))}\n" for key, value in pairs)) == pairs


def _escaped(value: str, separator: str) -> str:
    """Backslashes before a separator or the end are doubled, and a separator gets one more."""
    pieces = value.split(separator)
    doubled = [piece + "\\" * (len(piece) - len(piece.rstrip("\\"))) for piece in pieces]
    return ("\\" + separator).join(doubled)
