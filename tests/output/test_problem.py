"""Errors in the voice that the command line asks for."""

import json

import pytest

from stratus.errors import NotFound
from stratus.output.problem import Voice, voice_of


@pytest.mark.parametrize(
    ("line", "voice"),
    [
        ("describe", Voice()),
        ("describe -o json", Voice(json=True)),
        ("describe -ojson", Voice(json=True)),
        ("-qq describe --output=json -q", Voice(json=True, quiet=3)),
        ("-v run --verbose -vq x", Voice(quiet=1, verbose=3)),
        ("connect web -- x -o json -qqq", Voice()),
        ("describe -o yaml --queit", Voice()),
    ],
)
def test_the_voice_is_read_from_the_words(line, voice):
    assert voice_of(line.split()) == voice


PROBLEM = NotFound("no x://u:p@h\x1b[0m", hint="fetch x://u:p@h")


def test_the_cause_comes_first_then_the_command_to_try(capsys):
    Voice().error(PROBLEM)
    assert capsys.readouterr().err == "stratus: no x://***@h\\x1b[0m\n  try: fetch x://***@h\n"


def test_as_json_it_has_code_cause_and_fix(capsys):
    Voice(json=True).error(PROBLEM)
    said = capsys.readouterr().err
    assert json.loads(said) == {"code": "NotFound", "cause": "no x://***@h\x1b[0m", "fix": "fetch x://***@h"}
    assert said.count("\n") == 1


@pytest.mark.parametrize("json", [False, True])
def test_with_three_q_nothing_is_told(capsys, json):
    voice = Voice(json=json, quiet=3)
    voice.error(PROBLEM)
    voice.interruption()
    assert capsys.readouterr().err == ""


def test_with_three_v_it_is_told_where(capsys):
    try:
        raise PROBLEM
    except NotFound as problem:
        Voice(verbose=3).error(problem)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("Traceback") and lines[-1] == "  try: fetch x://***@h"
    assert not any("u:p" in line for line in lines)
