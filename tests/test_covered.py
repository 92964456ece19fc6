"""Nothing is left out: each option, exit status and key is tried by a line that a test types, and stands on a page.

A new one fails here until a transcript in tests/commands/golden/ types it. What a cloud in memory cannot show stands
in the two tables, with the test that shows it; whatever has become superfluous there fails as well."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
import pytest

from stratus.cli import main
from stratus.commands.endings import ENDINGS
from stratus.commands.group import LazyGroup
from stratus.commands.man.command_page import walk
from stratus.commands.stratuslab.command import Noted
from stratus.commands.stratuslab.names import NAMES, command_of
from tests.commands.test_endings import common
from tests.commands.transcript import FOLDER, Typed, everything_typed
from tests.config.test_effects import LOOKS

ROOT = Path(__file__).parents[1]
LOUD = {"-v", "--verbose", "-q", "--quiet"}

ON_A_TERMINAL = "tests/commands/test_on_a_terminal.py"
# Options that a transcript cannot have: the test whose text types them.
ELSEWHERE: Mapping[str, Mapping[str, str]] = {
    "stratus connect": dict.fromkeys(("-k", "-u", "--user"), ON_A_TERMINAL),
}
# Ways to end that a transcript cannot have: the test that ends so.
LEDGER = "tests/drivers/ledger/test_sqlite.py"
# A folder where no sandbox can be, and processes of one that do not begin, end or answer.
NO_SANDBOX = {
    4: "tests/sandbox/test_place.py::test_a_link_to_a_sandbox_is_not_one",
    7: "tests/sandbox/test_place.py::test_somebody_else_s_sandbox_is_left_alone",
    8: "tests/sandbox/test_place.py::test_a_folder_that_cannot_be_is_refused",
}
LATE_SANDBOX = {10: "tests/sandbox/test_process.py::test_a_process_that_does_not_end_when_it_is_killed_is_named"}
MUTE_SANDBOX = {9: "tests/sandbox/test_sandbox.py::test_a_killed_sandbox_goes_on_where_it_was_and_stop_leaves_nothing"}
ENDED_ELSEWHERE: Mapping[str, Mapping[int, str]] = {
    "config": {
        4: "tests/commands/test_config.py::test_edit_never_undoes_what_somebody_else_wrote_meanwhile",
        7: "tests/config/test_store.py::test_who_may_not_write_is_told_so",
        10: "tests/config/test_store.py::test_who_does_not_get_the_lock_gives_up_and_says_so",
    },
    "login": {10: "tests/config/test_store.py::test_who_does_not_get_the_lock_gives_up_and_says_so"},
    "help": {3: "tests/commands/test_elsewhere.py::test_without_man_a_topic_is_an_error_that_tells_what_else_there_is"},
    "copy-config": {8: "tests/commands/stratuslab/test_hostile.py::test_a_value_is_a_value"},
    "install": {
        3: "tests/commands/test_machines.py::test_another_machine_becomes_a_node_under_stratuslabs_name_too",
        5: f"{LEDGER}::test_a_full_disk_is_no_capacity_and_leaves_no_trace",
        7: "tests/commands/test_as_root.py::test_who_is_not_root_and_has_no_sudo_is_refused",
        8: "tests/install/test_journal.py::test_a_journal_survives_the_disk_and_a_broken_one_is_refused",
        9: "tests/drivers/link/test_memory.py::test_an_unreachable_node_answers_nothing_until_it_is_back",
        10: "tests/live/test_bridge.py::test_a_change_that_cuts_the_machine_off_is_taken_back_to_the_byte",
    },
    "node update": {
        9: "tests/commands/test_machines.py::test_an_update_that_fails_is_the_error_here_and_the_node_stays_as_it_was"
    },
    "node run": {
        9: "tests/commands/test_machines.py::"
        "test_a_command_runs_on_nodes_with_their_names_before_each_line_and_nothing_for_the_terminal"
    },
    "sandbox start": {7: NO_SANDBOX[7], **LATE_SANDBOX},
    "sandbox shell": NO_SANDBOX,
    "sandbox run": {
        3: "tests/sandbox/test_sandbox.py::test_a_command_that_is_not_there_is_named",
        **LATE_SANDBOX,
    },
    "sandbox fault": {**NO_SANDBOX, **MUTE_SANDBOX},
    "sandbox faults": {**NO_SANDBOX, **MUTE_SANDBOX},
    "sandbox stop": {**NO_SANDBOX, **LATE_SANDBOX},
    "uninstall": {
        7: "tests/commands/test_as_root.py::test_who_is_not_root_and_has_no_sudo_is_refused",
        8: "tests/install/test_journal.py::test_a_journal_survives_the_disk_and_a_broken_one_is_refused",
        10: "tests/install/test_journal.py::test_programs_get_time_to_end_and_are_ended_then",
    },
}


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command, as it is typed."""
    assert isinstance(main, LazyGroup)
    yield "stratus", main
    for each in walk(main):
        if not isinstance(each.command, LazyGroup):
            yield " ".join(("stratus", *each.words)), each.command
    for name in NAMES:
        yield f"stratus-{name}", command_of(name)


COMMANDS = dict(commands())
TYPED = list(everything_typed())


def command_in(line: Typed) -> str:
    """The command that a line types."""
    if line.program != "stratus":
        return line.program
    words = [word for word in line.words if not word.startswith("-")]
    known = (" ".join(("stratus", *words[start : start + count])) for start in range(2) for count in (3, 2, 1))
    return next((name for name in known if name in COMMANDS), "stratus")


def is_typed(word: str, line: Typed) -> bool:
    """Whether the option `word` is among the words of a line, alone, with a value, or among other letters."""
    short = word[1:] if len(word) == 2 else ""
    return any(
        each == word
        or (each.startswith(f"{word}=") and not short)
        or (bool(short) and each[:1] == "-" and each[1:2] != "-" and short in each)
        for each in line.words
    )


def words_of(name: str, command: click.Command) -> set[str]:
    """The options that have to be tried there, each under all its words."""
    options = [each for each in command.params if isinstance(each, click.Option)]
    words = {word for each in options for word in (*each.opts, *each.secondary_opts)}
    if name == "stratus-install":  # what it only knows is typed by tests/commands/stratuslab/test_options.py
        words -= {word for each in options if isinstance(each, Noted) for word in each.opts}
    old = name.startswith("stratus-") and name != "stratus-install"
    return words if name == "stratus" or old else words - LOUD  # test_loudness.py


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_typed_by_a_test(name: str) -> None:
    lines = [line for line in TYPED if command_in(line) == name or name == "stratus"]
    typed = {word for word in words_of(name, COMMANDS[name]) if any(is_typed(word, line) for line in lines)}
    elsewhere = ELSEWHERE.get(name, {})
    missing = sorted(words_of(name, COMMANDS[name]) - typed - set(elsewhere))
    assert not missing, f"type them in tests/commands/golden/, and then: make golden: {missing}"
    assert not typed & set(elsewhere), "what a transcript types needs no entry in ELSEWHERE"
    for word, test in elsewhere.items():
        assert re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", (ROOT / test).read_text()), (
            f"{word} is not in {test}"
        )


@pytest.mark.parametrize("name", ENDINGS)
def test_every_way_to_end_is_tried_by_a_test(name: str) -> None:
    """Those that are common are tried for each command by tests/commands/test_endings.py."""
    typed = f"stratus-{name}" if name in NAMES and f"stratus {name}" not in COMMANDS else f"stratus {name}"
    tried = {line.status for line in TYPED if command_in(line) == typed}
    elsewhere = ENDED_ELSEWHERE.get(name, {})
    wanted = {kind.status for kind in ENDINGS[name] if kind not in common(name)}
    missing = sorted(wanted - tried - set(elsewhere))
    assert not missing, f"make {typed} end so in tests/commands/golden/, or declare less: {missing}"
    assert not tried & set(elsewhere), "what a transcript ends with needs no entry in ENDED_ELSEWHERE"
    for test in elsewhere.values():
        path, _, function = test.partition("::")
        assert f"def {function}(" in (ROOT / path).read_text(), test


def test_every_command_has_a_transcript() -> None:
    there = {path.stem for path in FOLDER.glob("*.txt")}
    wanted = {name if name == "stratus" else name.removeprefix("stratus ").replace(" ", "-") for name in COMMANDS}
    assert wanted <= there


def test_every_key_stands_in_a_page_and_has_the_effect_that_it_says() -> None:
    """The pages: tests/test_man.py. The effects: tests/config/test_effects.py; those on looks in the transcripts."""
    settings = {pair for line in TYPED for pair in line.words if "=" in pair}
    assert all(any(pair.startswith(f"{key}=") for pair in settings) for key in LOOKS)
