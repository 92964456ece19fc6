"""The man pages: fresh, complete, clean for mandoc, and true to the text that they are made of."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from shutil import which

import click
import pytest

from stratus.cli import main
from stratus.commands.endings import ENDINGS
from stratus.commands.group import LazyGroup
from stratus.commands.man import command_page, mdoc
from stratus.commands.man.__main__ import pages, released, write
from stratus.commands.man.configuration import IN_FORCE
from stratus.commands.stratuslab.names import NAMES
from stratus.config import known_keys

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "man"


@pytest.fixture(scope="module")
def made() -> Mapping[str, str]:
    return pages(ROOT)


def test_the_pages_in_the_repository_are_those_that_the_commands_give(made: Mapping[str, str]) -> None:
    there = {path.name: path.read_text("utf-8") for path in FOLDER.iterdir()}
    stale = sorted(name for name in {*there, *made} if there.get(name) != made.get(name))
    assert not stale, "run: make man"


def test_writing_them_takes_less_than_two_seconds(tmp_path: Path) -> None:
    began_s = seconds_of_children()
    argv = [sys.executable, "-P", "-m", "stratus.commands.man", str(tmp_path / "man")]
    subprocess.run(argv, cwd=ROOT, check=True, timeout=60)
    assert seconds_of_children() - began_s < 2
    assert len(list((tmp_path / "man").iterdir())) == len(list(FOLDER.iterdir()))


def seconds_of_children() -> float:
    """CPU time, which a busy machine does not stretch."""
    spent = os.times()
    return spent.children_user + spent.children_system


def test_a_page_that_is_not_made_any_more_goes_and_a_stranger_stays(tmp_path: Path) -> None:
    (tmp_path / "old.1").write_text(next(iter(pages(ROOT).values())))
    (tmp_path / "strange.1").write_text(".Dd May 1, 2026\n")
    write(tmp_path, {"new.1": "new\n"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new.1", "strange.1"]


def test_mandoc_finds_nothing_to_warn_of() -> None:
    assert which("mandoc"), "mandoc is missing; run: bin/bootstrap --tests"
    argv = ["mandoc", "-T", "lint", "-W", "warning", *map(str, sorted(FOLDER.glob("*.[158]")))]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_every_option_and_example_of_every_command_is_on_its_page(made: Mapping[str, str]) -> None:
    assert isinstance(main, LazyGroup)
    for each in command_page.walk(main):
        source = made[f"{each.page_name}.1"]
        for parameter in each.command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, f"{each.page_name}: {parameter.name} has no help"
                for word in parameter.opts:
                    assert f"Fl {mdoc.argument(word[1:])}" in source, f"{each.page_name}: {word}"
        _, examples = command_page.told(each.command)
        assert examples or isinstance(each.command, LazyGroup), f"{each.page_name} has no example"
        assert all(mdoc.escaped(line) in source for line in examples)


def test_every_command_says_how_it_can_end_and_the_page_shows_it(made: Mapping[str, str]) -> None:
    assert isinstance(main, LazyGroup)
    leaves = [each.words for each in command_page.walk(main) if not isinstance(each.command, LazyGroup)]
    old = [(name,) for name in NAMES if (name,) not in leaves]
    assert {" ".join(words) for words in (*leaves, *old)} == set(ENDINGS), "see stratus/commands/endings.py"
    for words in (*leaves, *old):
        page = made[f"stratus-{'-'.join(words)}.1"]
        statuses = page.partition(".Sh EXIT STATUS")[2].partition(".Sh")[0]
        for kind in ENDINGS[" ".join(words)]:
            assert f".It {kind.status} Pq {kind.__name__}\n" in statuses


def test_every_key_is_on_a_page_and_those_in_force_exist(made: Mapping[str, str]) -> None:
    assert set(IN_FORCE) <= set(known_keys())
    for key in known_keys().values():
        page = made["stratuslab-user.cfg.5" if key.user else "stratuslab.cfg.5"]
        assert f".It Ic {mdoc.argument(key.name)} " in page


def test_related_pages_exist(made: Mapping[str, str]) -> None:
    for name, source in made.items():
        for line in source.splitlines():
            if line.startswith(".Xr stratus"):
                _, wanted, number, *_ = line.replace(r"\-", "-").split()
                assert f"{wanted}.{number}" in made, f"{name} refers to {wanted}({number})"


@pytest.mark.parametrize(
    ("text", "source"),
    [
        (".profile", r"\&.profile"),
        ("'quoted'", r"\&\(aqquoted\(aq"),
        (r"C:\n", r"C:\en"),
        ("--wait and `stratus why`", r"\-\-wait and \fBstratus why\fP"),
        ("One. Two 3.5 (three). Four", "One.\nTwo 3.5 (three).\nFour"),
        ("é", r"\[u00E9]"),
    ],
)
def test_prose_reads_on_the_page_as_it_stands(text: str, source: str) -> None:
    assert mdoc.prose(text) == source


@pytest.mark.parametrize(
    ("text", "source"),
    [("Op", r"\&Op"), ("two words", '"two words"'), ('say "so"', r'"say \(dqso\(dq"'), ("|", r"\&|")],
)
def test_an_argument_is_never_taken_for_a_macro(text: str, source: str) -> None:
    assert mdoc.argument(text) == source


def test_the_day_is_that_of_the_newest_release() -> None:
    assert released("# Changelog\n\n## Unreleased\n\n## 2.0 - 2027-03-09\n\n## 1.0 - 2026-01-02\n") == "March 9, 2027"
