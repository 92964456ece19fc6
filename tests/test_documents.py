"""The documents: their links resolve, their words exist, and they speak of the project alone."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from stratus.cli import COMMANDS, main
from stratus.commands.group import LazyGroup
from stratus.commands.man.command_page import Described, walk
from stratus.config import known_keys
from stratus.errors import BUG_STATUS, INTERRUPTED_STATUS, StratusError

ROOT = Path(__file__).parents[1]
PAGES = sorted((*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")))
TEXTS = sorted((*PAGES, *ROOT.glob("man/*"), *ROOT.glob("conf/*"), *ROOT.glob("bin/*"), *ROOT.rglob("stratus/**/*.py")))
LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# The words behind `stratus`, where that is the program.
COMMAND_LINE = re.compile(r"(?:^|(?<=[`$(:'\"] )|(?<=[`'\"]))(?:bin/)?stratus ([a-z]+(?: [a-z]+)?)", re.MULTILINE)
# Where this is written and by whom is nobody's business but the writer's.
PRIVATE = re.compile(
    r"(?<![\w/])/work/|/root/(?!\.ssh)|\bshared/(design|fixtures|reference)|\.internal\.|/tmp/(venv|doc)"
)


def names(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=names)
def test_links_resolve(page: Path) -> None:
    for target in LINK.findall(page.read_text("utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        place, _, anchor = target.partition("#")
        path = (page.parent / place).resolve() if place else page
        assert path.exists(), f"{page.name} links to {target}"
        assert path.is_relative_to(ROOT), f"{page.name} links out of the project: {target}"
        assert not anchor or anchor in anchors(path), f"{page.name} links to {target}"


def test_documents_and_code_speak_of_the_project_alone() -> None:
    found = [f"{names(path)}: {match[0]}" for path in TEXTS for match in PRIVATE.finditer(path.read_text("utf-8"))]
    assert not found


@pytest.mark.parametrize("page", PAGES, ids=names)
def test_the_lines_of_a_document_are_not_too_long(page: Path) -> None:
    text = FENCE.sub("", page.read_text("utf-8"))
    long = [line for line in text.splitlines() if len(line) > 120 and not line.startswith("|")]
    assert not long


@pytest.mark.parametrize("page", PAGES, ids=names)
def test_every_command_that_a_document_types_exists(page: Path) -> None:
    aliases = set(re.findall(r"stratus config -s alias (\S+)", page.read_text("utf-8")))
    for text in CONSOLE.findall(page.read_text("utf-8")):
        for words in COMMAND_LINE.findall("\n".join(line.removeprefix("$ ") for line in text.splitlines())):
            assert is_command(words) or words in aliases, f"{page.name}: stratus {words}"


def test_every_command_has_a_page() -> None:
    assert set(COMMANDS) <= {each.words[0] for each in commands()}
    for each in commands():
        assert (ROOT / "man" / f"{each.page_name}.1").is_file(), "run: make man"


def test_every_exit_status_is_in_the_overview() -> None:
    page = (ROOT / "man/stratus.1").read_text("utf-8")
    for kind in kinds():
        assert f".It {kind.status} Pq {kind.__name__}\n" in page
    for status in (0, BUG_STATUS, INTERRUPTED_STATUS):
        assert f".It {status}\n" in page


def test_no_two_kinds_of_errors_have_one_status() -> None:
    assert len({kind.status for kind in kinds()}) == len(kinds())


def test_every_command_that_the_program_advises_exists() -> None:
    """A hint is the next command to try, so it must be there."""
    bad = [f"{place}: {text}" for place, text, words in advised() if not is_command(words)]
    assert not bad, "\n".join(bad)


def test_the_keys_that_the_documents_name_exist() -> None:
    known = known_keys()
    for page in sorted(ROOT.glob("docs/*.md")):
        for word in re.findall(r"`((?:dhcp|nat|one|node|default)_[a-z_]+[a-z])`", page.read_text("utf-8")):
            assert word in known, f"{page.name}: {word}"


def test_the_licence_is_apache_2() -> None:
    text = (ROOT / "LICENSE").read_text("utf-8")
    assert "Apache License" in text and "Version 2.0, January 2004" in text and "END OF TERMS AND CONDITIONS" in text


def kinds() -> list[type[StratusError]]:
    return [StratusError, *StratusError.__subclasses__()]


def commands() -> Iterator[Described]:
    assert isinstance(main, LazyGroup)
    return walk(main)


def is_command(words: str) -> bool:
    """Whether they begin with a command; a group's name alone is one too."""
    first, _, second = words.partition(" ")
    inner = [each.words[1] for each in commands() if each.words[0] == first and len(each.words) == 2]
    return first in COMMANDS and (not second or not inner or second in inner)


def advised() -> Iterator[tuple[str, str, str]]:
    """The command lines in the program's texts: where, the text, and the words behind `stratus`."""
    for path in sorted((ROOT / "stratus").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                for words in COMMAND_LINE.findall(node.value):
                    if node.value not in NO_COMMANDS:
                        yield f"{names(path)}:{node.lineno}", node.value[:80], words


# Texts that begin with the project's name.
NO_COMMANDS = ("stratus front end",)


def anchors(page: Path) -> set[str]:
    """What a link may point to in a page: its headings, as forges name them."""
    headings = HEADING.findall(FENCE.sub("", page.read_text("utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
