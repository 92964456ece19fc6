"""The front door: help, typing errors, exit statuses, errors as JSON."""

import json

import click
import pytest

from stratus import cli
from stratus.errors import _KINDS, StratusError


def every_command(group=cli.main, words=()):
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield (*words, name)
        if isinstance(command, click.Group):
            yield from every_command(command, (*words, name))


COMMANDS = [" ".join(words) for words in every_command()]


def test_the_commands_are_those_of_the_tables():
    assert {"run", "image import", "node list", "dispatch"} <= set(COMMANDS)


@pytest.mark.parametrize("option", ["-h", "--help"])
@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_works_and_carries_an_example(stratus, command, option):
    said = stratus.ok(f"{command} {option}")
    assert said.out.startswith(f"Usage: stratus {command}".rstrip()) and said.err == ""
    if command not in ("image", "node"):
        assert "Example" in said.out and "\n    stratus " in said.out
    assert max(map(len, said.out.splitlines())) <= 100


def test_the_version(stratus):
    assert stratus.ok("--version").out.startswith("stratus ")


@pytest.mark.parametrize(
    ("typed", "meant"), [("desribe", "describe"), ("rnu", "run"), ("images list", "image"), ("klil 1", "kill")]
)
def test_a_typing_error_is_answered_with_the_nearest_name(stratus, typed, meant):
    said = stratus(typed)
    assert (said.status, said.out) == (2, "")
    assert said.err == f"stratus: there is no command {typed.split()[0]!r}\n  try: stratus {meant}\n"


def test_what_is_near_to_nothing_gets_the_help(stratus):
    assert stratus("xyzzy").err.splitlines()[1] == "  try: stratus --help"
    assert stratus("image xyzzy").err.splitlines()[1] == "  try: stratus image --help"


@pytest.mark.parametrize("line", ["", "image", "node"])
def test_a_group_alone_shows_its_help(stratus, line):
    said = stratus(line)
    assert said.status == 2 and "Commands:" in said.err


@pytest.mark.parametrize("kind", sorted(_KINDS.values(), key=lambda kind: kind.status), ids=lambda kind: kind.__name__)
def test_every_kind_of_error_has_its_status_and_its_json(stratus, kind):
    def opener():
        raise kind("it went\nwrong \x1b[31m", hint="stratus describe")

    stratus.open = opener
    said = stratus("describe")
    assert (said.status, said.out) == (kind.status, "")
    assert said.err == "stratus: it went\nwrong \\x1b[31m\n  try: stratus describe\n"
    for option in ("-o json", "-ojson", "--output=json", "--output json"):
        said = stratus(f"describe {option}")
        assert said.status == kind.status
        assert json.loads(said.err) == {
            "code": kind.__name__,
            "cause": "it went\nwrong \x1b[31m",
            "fix": "stratus describe",
        }
        assert len(said.err.splitlines()) == 1 and "\x1b" not in said.err


def test_a_wrong_option_is_json_too(stratus):
    said = stratus("describe --colour -o json")
    assert said.status == 2
    assert json.loads(said.err)["code"] == "UsageError"
    assert json.loads(said.err)["fix"] == "stratus describe --help"


def test_an_error_without_a_way_on_is_one_line(stratus):
    def opener():
        raise StratusError("it went wrong")

    stratus.open = opener
    assert stratus("describe").err == "stratus: it went wrong\n"


def test_a_very_long_cause_is_cut(stratus):
    def opener():
        raise StratusError("x" * 100_000)

    stratus.open = opener
    assert len(stratus("describe").err) < 3000


def test_an_interruption_is_130(stratus):
    def opener():
        raise KeyboardInterrupt

    stratus.open = opener
    said = stratus("describe")
    assert (said.status, said.out) == (130, "")
    assert said.err.strip() == "interrupted"


def test_a_bug_is_70_with_a_report(stratus):
    def opener():
        raise ZeroDivisionError("a mistake \x1b[31m \udcff")

    stratus.open = opener
    said = stratus("describe --state secret")
    assert (said.status, said.out) == (70, "")
    first, second = said.err.splitlines()
    assert first == "stratus: a bug: ZeroDivisionError: a mistake \\x1b[31m \\udcff"
    path = second.removeprefix("  try: less ")
    with open(path, encoding="utf-8") as report:
        text = report.read()
    assert "ZeroDivisionError" in text and "describe" in text and "secret" not in text.split("Traceback")[0]
    import os

    os.unlink(path)


def test_a_setting_for_one_command_is_key_and_value(stratus):
    said = stratus("-c nonsense describe")
    assert (said.status, said.err) == (2, "stratus: -c takes KEY=VALUE, not 'nonsense'\n")
    assert stratus.ok("-c output_format=json describe").json == []
    said = stratus("-c output_fromat=json describe")
    assert (said.status, "did you mean output_format?" in said.err) == (12, True)
