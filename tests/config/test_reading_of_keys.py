"""Each key is read somewhere, or its help says what took its place; and never both."""

import ast
import itertools
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import stratus
from stratus.config import Key, known_keys

PACKAGE = Path(stratus.__file__).parent
# How the configuration is asked: Config's accessors, and those of the network rules' SiteKeys.
ASKED = {
    "preference",
    "chosen",
    "text",
    "integer",
    "number",
    "flag",
    "words",
    "get",
    "address",
    "addresses",
    "macs",
    "mac_prefix",
    "subnet",
    "domain",
    "interface",
}
HOLDERS = {"config", "session", "site", "self"}
NETWORKS = {"public", "local", "private"}  # what a name that is not written out stands for, in a key made of parts


@cache
def read_keys() -> frozenset[str]:
    paths = [path for path in PACKAGE.rglob("*.py") if path.relative_to(PACKAGE).parts[0] != "config"]
    return frozenset(key for path in paths for key in keys_in(ast.parse(path.read_text("utf-8"))))


def keys_in(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ASKED:
            holder = node.func.value
            if (isinstance(holder, ast.Name) and holder.id in HOLDERS) or isinstance(holder, ast.Call):
                for argument in node.args:
                    yield from words(argument, tree)
        if isinstance(node, ast.keyword) and node.arg == "columns_key":  # of a listing, which the options of it ask for
            yield from words(node.value, tree)


def words(node: ast.expr, tree: ast.Module) -> set[str]:
    """The texts that an expression may stand for."""
    if isinstance(node, ast.Constant):
        return {node.value} if isinstance(node.value, str) else set()
    if isinstance(node, ast.FormattedValue):
        return words(node.value, tree) or NETWORKS
    if isinstance(node, ast.JoinedStr):
        return {"".join(parts) for parts in itertools.product(*(words(part, tree) for part in node.values))}
    if isinstance(node, ast.Name):
        return {word for value in assigned(node.id, tree) for word in words(value, tree)}
    return set()


def assigned(name: str, tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                    yield from (v for t, v in zip(target.elts, node.value.elts, strict=False) if is_name(t, name))
                elif is_name(target, name):
                    yield node.value


def is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


@pytest.mark.parametrize("key", known_keys().values(), ids=lambda key: key.name)
def test_a_key_is_read_or_says_what_took_its_place(key: Key) -> None:
    is_read = key.name in read_keys() or key.name == "selected_section"  # which the loading itself reads
    assert is_read or key.accepted, f"nothing reads {key.name}: begin its help with `Accepted: ...; what to use now`"
    assert not (is_read and key.accepted), f"{key.name} is read, so its help may not begin with `Accepted:`"


def test_what_took_its_place_is_said_in_words_of_its_own() -> None:
    for key in known_keys().values():
        if key.accepted:
            assert key.accepted != key.help and len(key.accepted) > 10, key.name


def test_the_keys_that_a_note_names_exist() -> None:
    known = known_keys()
    for key in known.values():
        for word in key.accepted.replace(",", " ").replace(".", " ").split():
            assert "_" not in word or word.strip("`") in known, f"{key.name}: {word}"


def test_the_search_finds_keys_that_are_made_of_parts_and_no_others() -> None:
    code = 'prefix = f"dhcp_one_{name}_network"\nsite.words(f"{prefix}_routers")\nother.text("nat")\nd["dhcp"]\n'
    assert set(keys_in(ast.parse(code))) == {f"dhcp_one_{each}_network_routers" for each in NETWORKS}
