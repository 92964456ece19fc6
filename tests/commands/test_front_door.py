"""The front door: help, typing errors, exit statuses, errors as JSON."""

import json
import re

import click
import pytest

from stratus import cli
from stratus.commands.front_door import EVERYDAY
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


@pytest.mark.parametrize("line", ["image", "node"])
def test_a_group_alone_shows_its_help(stratus, line):
    said = stratus(line)
    assert said.status == 2 and "Commands:" in said.err


def test_no_word_at_all_shows_the_everyday_commands_under_headings(stratus):
    said = stratus("")
    assert (said.status, said.out) == (2, "")
    assert "\nStart and use instances:\n  run " in said.err and "uninstall" not in said.err
    assert said.err.endswith("`stratus help` lists all commands, `stratus help COMMAND` tells all about one.\n")


def test_every_command_stands_under_one_heading(stratus):
    told = stratus.ok("--help").out
    for name in cli.COMMANDS:
        assert len(re.findall(rf"^  {name} +\S", told, re.MULTILINE)) == 1, name
    assert {name for names in EVERYDAY.values() for name in names} <= set(cli.COMMANDS)


@pytest.mark.parametrize("kind", sorted(_KINDS.values(), key=lambda kind: kind.status), ids=lambda kind: kind.__name__)
def test_every_kind_of_error_has_its_status_and_its_json(stratus, kind):
    def opener():
        raise kind("it went\nwrong \x1b[31m", hint="stratus describe")

    stratus.open, stratus.held = opener, False
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
    said = stratus("describe --xyzzy -o json")
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
    assert (said.status, said.err) == (2, "stratus: -c takes KEY=VALUE, not 'nonsense'\n  try: stratus config --keys\n")
    assert stratus.ok("-c output_format=json describe").json == []
    assert stratus.ok("-c nat_network=10.1.2.0 config nat_network").out == "10.1.2.0\n"


def test_of_a_setting_that_is_given_twice_the_last_one_counts(stratus):
    assert stratus.ok("-c one_group=a -c ONE_GROUP=b config one_group").out == "b\n"


def test_a_setting_may_have_equals_signs_in_its_value_or_none(stratus):
    assert stratus.ok("-c one_group=a=b config one_group").out == "a=b\n"
    assert stratus.ok("-c one_group= config one_group").out == "\n"


@pytest.mark.parametrize("command", ["describe", "help", "config --keys"])
def test_a_setting_of_no_key_is_refused_with_the_nearest_one(stratus, command):
    said = stratus(f"-c nat_netwrok=1 {command}")
    assert (said.status, said.out) == (12, "")
    assert said.err == "stratus: -c: there is no configuration key nat_netwrok\n  try: did you mean nat_network?\n"


def test_a_setting_of_a_wrong_type_is_refused(stratus):
    said = stratus("-c nat=perhaps help")
    assert said.status == 12 and said.err.startswith("stratus: -c: nat: 'perhaps' is neither true nor false\n")


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("run --naem web tiny", "stratus run --name"),
        ("kill --palm 1", "stratus kill --plan"),
        ("describe -o jsno", "stratus describe --output json"),
        ("image list --ouptut json", "stratus image list --output"),
        ("image lsit", "stratus image list"),
        ("version", "stratus --version"),
        ("describe-instances", "stratus describe-instance"),
        ("kill --xyzzy 1", "stratus kill --help"),
        ("describe -o xyzzy", "stratus describe --help"),
    ],
)
def test_a_mistyped_word_is_answered_with_what_it_was_meant_to_be(stratus, typed, hint):
    said = stratus(typed)
    assert (said.status, said.out) == (2, "")
    assert said.err.splitlines()[-1] == f"  try: {hint}" and len(said.err.splitlines()) == 2
