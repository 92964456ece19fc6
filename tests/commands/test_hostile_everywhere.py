"""Words that want to be more than words, through every option, argument, key and variable that there is.

The lines are made from the commands themselves; a new option is tried without anybody thinking of it. The quick choice
of them is in test_hostile.py."""

import io
import json
from collections.abc import Iterator

import click
import pytest

from stratus.commands.stratuslab.command import Noted
from stratus.config import known_keys
from stratus.config.naming import variable_of
from stratus.errors import BUG_STATUS
from tests.commands.golden_cloud import Golden
from tests.commands.test_endings import LINES
from tests.commands.test_hostile import WORDS, harmless
from tests.test_covered import COMMANDS

pytestmark = pytest.mark.slow  # some ten thousand lines

MORE = {
    "a command": "$(touch EVIL)",
    "a command in backticks": "`touch EVIL`",
    "the end of a command": "; touch EVIL",
    "a tab": "a\tb",
    "blanks": "   ",
    "marks over marks": "a" + "\u0301" * 200,
    "wide": "\u732b" * 100,
    "braces": "{0}{x!r}",
    "infinite": "1e999",
    "no number": "nan",
    "negative": "-1",
    "another digit": "\u0663",
    "a percent sign": "%(nat)s%",
    "an equals sign": "=",
    "a comma": ",",
    "JSON": '{"a": [1',
    "a hash": "a#b=c#",
}
EVERY_WORD = {**WORDS, **MORE}
LONGEST_ERROR = 5000
PROCESSES = ("stratus sandbox start", "stratus sandbox run")  # tests/sandbox: any folder will do
ASKING = ("stratus-hash-password",)  # tests/commands/stratuslab/test_hostile.py
# A wait looks at the nodes; what was built is kept, though under another name than one that is taken.
LEAVES_SOMETHING = ("stratus burnin", "stratus wait", "stratus image build")
# What stands besides a hole, where it is not as in test_endings.py: what is asked shall go far, and change little.
FURTHER = {
    **dict.fromkeys(("stratus install", "stratus uninstall"), "--plan"),
    "stratus config": "describe_columns id",
    "stratus simulate": "trace.csv --nodes 3",
    "stratus wait": "stopped --for stopped",
    "stratus describe": "running",
    "stratus help": "run",
    **dict.fromkeys(("stratus connect", "stratus-connect-instance"), "stopped"),
    **dict.fromkeys(("stratus-kill-instance", "stratus-shutdown-instance"), "99"),
    **{f"stratus {verb}": "running --plan" for verb in ("stop", "reboot", "shutdown", "kill")},
    "stratus start": "stopped --plan",
    "stratus run": "tiny --plan",
    "stratus burnin": "--image nothing",
    "stratus sandbox fault": "node1 hang",
    "stratus-install": "-n 192.0.2.1",
}


@pytest.fixture
def site(in_memory, monkeypatch):
    """A cloud with an instance that runs and one that does not, and somebody four folders deep in their home."""
    golden = Golden(in_memory)
    place = golden.home / "a/b/c/d"
    place.mkdir(parents=True)
    monkeypatch.chdir(place)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    golden.ok("run tiny --name running --ram 16 --swap 0 --wait")
    golden.ok("run tiny --name stopped --ram 16 --swap 0 --wait")
    golden.ok("stop stopped --wait")
    golden.ok("dispatch --once")
    yield golden
    golden.close()


def lines_of(name: str, command: click.Command) -> Iterator[tuple[str, ...]]:
    """Lines of a command, each with a hole for a hostile word: {}."""
    rest = (FURTHER.get(name) or LINES.get(name.removeprefix("stratus").lstrip(" -"), "")).split()
    program = name.split()
    for place in range(len(rest)):  # each argument by itself, the others being as they should
        yield (*program, *rest[:place], "{}", *rest[place + 1 :])
    for parameter in command.params:
        if isinstance(parameter, click.Argument):
            yield (*program, "--", "{}")
            yield (*program, *rest, "--", "{}")
        elif not (parameter.is_flag or parameter.count or isinstance(parameter, Noted)):  # those: stratuslab/
            for word in parameter.opts:
                hole = (f"{word}={{}}",) if word.startswith("--") else (word, "{}")
                yield (*program, *hole, *rest)


def type_to(site: Golden, *words: str):
    program, *words = words
    return site.words(*words) if program == "stratus" else site.old.words(program.removeprefix("stratus-"), *words)


def expect_sane(site: Golden, line, what, said) -> None:
    assert said.status != BUG_STATUS, (what, line, said.err[-3000:])
    assert harmless(said.out.replace("\t", "")) and harmless(said.err), (what, line, said)
    assert len(said.err) < LONGEST_ERROR and "Traceback" not in said.err, (what, line)
    assert not list(site.folder.rglob("EVIL*")), (what, line)


def state(site: Golden):
    """What is of record, and what is there besides a user's home."""
    others = {path.name for path in site.folder.iterdir()} | {path.name for path in site.home.iterdir()}
    return site.site.ledger.changes(0).revision, others


@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in (*PROCESSES, *ASKING)])
def test_a_word_is_a_word_in_every_option_and_argument(site, name):
    for line in dict.fromkeys(lines_of(name, COMMANDS[name])):
        for what, word in EVERY_WORD.items():
            before = state(site)
            said = type_to(site, *(part.replace("{}", word) for part in line))
            expect_sane(site, line, what, said)
            if said.status != 0 and name not in LEAVES_SOMETHING:
                assert state(site) == before, (what, line, said)


@pytest.mark.parametrize("form", ["json", "yaml", "csv"])
def test_every_result_about_a_hostile_name_can_be_parsed(site, form):
    for word in EVERY_WORD.values():
        for line in (("describe",), ("image", "list"), ("node", "list"), ("config", "--keys")):
            said = site.words("-c", f"one_group={word}", *line, "-o", form)
            assert said.status in (0, 12)
            if form == "json" and said.status == 0:
                json.loads(said.out)


@pytest.mark.parametrize("key", known_keys())
def test_a_value_is_a_value_for_every_key_and_variable(site, key):
    environ = dict(site.environ)
    for what, word in EVERY_WORD.items():
        said = site.words("-c", f"{key}={word}", "config", key, "--reveal")
        expect_sane(site, key, what, said)
        assert said.status in (0, 2, 8, 12), (what, said)
        said = typed_with(site, {**environ, variable_of(key): word}, "config", key, "--reveal", "-o", "json")
        assert said.status == 12 or json.loads(said.out)["key"] == key


VARIABLES = ("HOME", "EDITOR", "VISUAL", "SHELL", "TERM", "NO_COLOR", "PATH", "TMPDIR", "STRATUSLAB_CONFIG_DIR")
VARIABLES += ("STRATUSLAB_KEY", "STRATUSLAB_USER_CONFIG_SECTION", "STRATUSLAB_STATE_DIR", "SUDO_USER", "SSH_CONNECTION")
READING = ("describe", "config check", "help", "sandbox faults", "nothing", "run tiny --plan")
INSTALLING = ("SUDO_USER", "SSH_CONNECTION", "STRATUSLAB_CONFIG_DIR", "STRATUSLAB_STATE_DIR")


@pytest.mark.parametrize("variable", VARIABLES)
def test_a_variable_of_the_environment_is_a_word(site, variable):
    for what, word in EVERY_WORD.items():
        for line in (*READING, *(["install --plan"] if variable in INSTALLING else ())):
            said = typed_with(site, {**site.environ, variable: word}, *line.split())
            expect_sane(site, (variable, line), what, said)


def typed_with(site: Golden, environ, *words: str):
    """Type the line in another environment; what would be done is asked of this machine then, not of one played."""
    usual = site.environ, site.ground
    site.environ, site.ground = environ, None if "--plan" in words else site.ground
    try:
        return site.words(*words)
    finally:
        site.environ, site.ground = usual
