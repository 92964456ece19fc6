"""Requirements: what is understood, what a node lacks, and hostile text, which is refused with its place."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stratus.errors import BadInput
from stratus.model.placement.requirements.parser import MAX_DEPTH, MAX_LENGTH, requirements_of
from tests.model import samples

NODE = samples.node(
    "node7", zone="eu/paris/pod1/test", labels=(("CPUSPEED", "2400"), ("gpu", "yes"), ("MAGICNUMBER", "42"))
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        'CPUSPEED > 1000 & NAME = "node*"',
        'CLUSTER = \\"test\\" & MAGICNUMBER = 42',  # as in StratusLab's help
        "cpus = 8.0 and ram >= 16384",
        "GPU = YES && !(gpu = no) || name == nothing",
        "gpu = no | zone = 'eu/*' | gpu = none",
        "not gpu = no",
        "REGION = eu & ZONE = eu/paris/pod1/test & POD = pod1",
        "absent != anything",
        "name = *7 & name = n*de* & name = node7* & name != node7*7",
        "(" * MAX_DEPTH + "cpus=8" + ")" * MAX_DEPTH,
    ],
)
def test_a_node_meets_what_it_is_like(text):
    assert requirements_of(text).refusal(NODE) == ""


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("CPUSPEED > 3000", "CPUSPEED > 3000: it has 2400"),
        ("name = other*", 'name = "other*": it has node7'),
        ("rack > 3", "rack > 3: it has none"),
        ("gpu < 3", "gpu < 3: it has yes"),
        ("cpus = 8 & gpu != yes & x = 1", 'gpu != "yes": it has yes'),
        ("gpu = a* | gpu = *b", 'gpu = "a*": it has yes, nor gpu = "*b": it has yes'),
        ("!(cpus = 8 & (gpu = yes | x = 1))", '!(cpus = 8 & (gpu = "yes" | x = 1))'),
        ("cpus > nan", 'cpus > "nan": it has 8'),
    ],
)
def test_what_a_node_lacks_is_told_with_what_it_has(text, refusal):
    assert requirements_of(text).refusal(NODE) == f"it does not meet {refusal}"


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        ("cpus", 5, "one of = != < <= > >= is wanted here"),
        ("cpus > ", 8, "a number, a word or text in quotes is wanted here"),
        ("cpus > 3 gpu = yes", 10, "& or | is missing before it"),
        ("(cpus > 3", 10, ") is missing before it"),
        ("cpus > 3)", 9, "& or | is missing before it"),
        ("3 < cpus", 1, "the name of a label, or of what a node has, is wanted here"),
        ('name = "node', 8, "this quote has no end"),
        ("cpus > 3 &", 11, "the name of a label, or of what a node has, is wanted here"),
        ("__import__('os')", 11, "one of = != < <= > >= is wanted here"),
        ("(" * (MAX_DEPTH + 1) + "cpus=8", MAX_DEPTH + 1, f"it is nested deeper than {MAX_DEPTH}"),
        ("!" * 1500, MAX_DEPTH + 1, f"it is nested deeper than {MAX_DEPTH}"),
    ],
)
def test_what_is_not_understood_is_told_with_its_place(text, place, what):
    with pytest.raises(BadInput, match=f"at character {place}, ") as refused:
        requirements_of(text)
    assert refused.value.message.endswith(what)


def test_what_is_too_long_is_not_read():
    with pytest.raises(BadInput, match=f"65536 characters; at most {MAX_LENGTH}"):
        requirements_of("(" * 65536)


@given(st.one_of(st.text(max_size=200), st.text(alphabet="()!&|=<>a1\"'\\* ", max_size=200)))
@settings(max_examples=300, deadline=None)
def test_no_text_makes_the_reader_fail_in_any_other_way(text):
    try:
        requirements_of(text).refusal(NODE)
    except BadInput as refused:
        assert "character" in refused.message


@given(st.text(alphabet="ab", max_size=12), st.lists(st.text(alphabet="ab*", max_size=3), max_size=6))
@settings(max_examples=200, deadline=None)
def test_a_star_is_any_text(text, parts):
    pattern = "".join(parts)
    met = not requirements_of(f"name = '{pattern}'").refusal(samples.node(text))
    assert met is reference(text, pattern)


def reference(text: str, pattern: str) -> bool:
    """Whether the text is like the pattern, found out by trying everything."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return reference(text, pattern[1:]) or (bool(text) and reference(text[1:], pattern))
    return text[:1] == pattern[0] and reference(text[1:], pattern[1:])
