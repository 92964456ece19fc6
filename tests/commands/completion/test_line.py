"""An unfinished line: its words without their quotes, and how more of the last one is typed."""

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratus.commands.completion.line import read_line

BREAKS = " \t\n\"'@><=;|&(:"


@pytest.mark.parametrize(
    ("text", "words", "value"),
    [
        ("", (), ""),
        ("stratus ", ("stratus",), ""),
        ("stratus  kill\tweb", ("stratus", "kill"), "web"),
        ('stratus \'two words\' "a\\"b\\c" x\\ y', ("stratus", "two words", 'a"b\\c'), "x y"),
        ("stratus '' ", ("stratus", ""), ""),
        ("stratus $(date) `id` ${HOME} ~ *", ("stratus", "$(date)", "`id`", "${HOME}", "~"), "*"),
        ("stratus 'my im", ("stratus",), "my im"),
        ('stratus "my \\', ("stratus",), "my \\"),
        ("stratus end\\", ("stratus",), "end"),
    ],
)
def test_words_are_taken_apart_and_nothing_is_expanded(text, words, value):
    line = read_line(text, BREAKS)
    assert (line.words, line.value) == (words, value)


@pytest.mark.parametrize(
    ("typed", "candidate", "written"),
    [
        ("we", "web", "web"),
        ("two", "two words", "two\\ words"),
        ("'two", "two words", "two words"),
        ("'it", "it's", "it'\\''s"),
        ('"it', "it's $(x) `y` \\", "it's \\$(x) \\`y\\` \\\\"),
        ('"wow', "wow!", ""),
        ("x", "x$(touch y);'\"", "x\\$\\(touch\\ y\\)\\;\\'\\\""),
        ("--wait=r", "--wait=running", "running"),
        ("co:l", "co:lon", "lon"),
        ("co\\:l", "co:lon", "co:lon"),
        ("é", "école", "école"),
    ],
)
def test_a_candidate_is_written_as_it_must_be_typed_there(typed, candidate, written):
    assert read_line(f"stratus {typed}", BREAKS).written(candidate) == written


@given(st.text(st.characters(blacklist_categories=("Cc", "Cs")), min_size=1), st.sampled_from(["", "'", '"']))
def test_whatever_is_written_is_read_by_a_shell_as_the_candidate(candidate, quote):
    written = read_line(f"stratus {quote}", BREAKS).written(candidate)
    if quote == '"' and "!" in candidate:
        assert written == ""
    else:
        assert read_line(f"{quote}{written}{quote}").value == candidate


def test_a_real_shell_reads_what_is_written_as_the_candidates():
    """Every character of a keyboard, in each of the three states, as one command line."""
    printable = "".join(map(chr, range(32, 127)))
    texts = [(quote, printable.replace("!", "") if quote == '"' else printable) for quote in ("", "'", '"')]
    words = [quote + read_line(f"stratus {quote}", BREAKS).written(text) + quote for quote, text in texts]
    argv = ["bash", "-c", f"printf '%s\\n' {' '.join(words)}"]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines() == [text for _, text in texts]
