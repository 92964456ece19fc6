"""Who may import whom: the table of ARCHITECTURE.md, held against every import of the package."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

import stratus
from stratus.cli import COMMANDS

PACKAGE = Path(stratus.__file__).parent

PURE = ("stratus.errors", "stratus.model")
# What a layer may import besides itself.
LAYERS: dict[str, tuple[str, ...]] = {
    "stratus.errors": (),
    "stratus.durable": (),
    "stratus.bell": (),
    "stratus.model": ("stratus.errors",),
    "stratus.drivers": (*PURE, "stratus.durable", "stratus.bell"),
    "stratus.config": (*PURE, "stratus.durable"),
    "stratus.output": PURE,
    "stratus.cloud": (*PURE, "stratus.drivers", "stratus.config"),
    "stratus.look": (*PURE, "stratus.drivers", "stratus.config"),
    "stratus.actions": (*PURE, "stratus.cloud", "stratus.drivers.*.protocol"),
    "stratus.nodeagent": (*PURE, "stratus.durable", "stratus.bell", "stratus.drivers"),
    "stratus.sandbox": (
        *PURE,
        "stratus.durable",
        "stratus.config",
        "stratus.cloud",
        "stratus.drivers",
        "stratus.actions",
        "stratus.nodeagent",
    ),
    "stratus.gate": (*PURE, "stratus.config", "stratus.cloud", "stratus.actions", "stratus.drivers.*.protocol"),
    "stratus.install": (*PURE, "stratus.drivers.*.protocol", "stratus.config", "stratus.output"),
    "stratus.way": (*PURE, "stratus.config", "stratus.cloud", "stratus.actions", "stratus.drivers"),
    "stratus.commands": (
        *(*PURE, "stratus.cloud", "stratus.actions", "stratus.way", "stratus.output"),
        "stratus.drivers.gate.protocol",
    ),
    "stratus.__main__": ("stratus.cli",),
    "stratus.cli": (
        *(*PURE, "stratus.config", "stratus.cloud", "stratus.way", "stratus.commands", "stratus.output"),
        *("stratus.install.ground", "stratus.drivers.gate.protocol", "stratus.drivers.link.protocol"),
    ),
}
# Single modules that may import more, with the reason.
BESIDES: dict[str, tuple[str, ...]] = {
    # These two change the machine instead of asking the cloud.
    "stratus.commands.install": ("stratus.config", "stratus.install", "stratus.nodeagent.entry"),
    # The installer goes along to the machine that is added.
    "stratus.commands.node": (
        *("stratus.config", "stratus.install", "stratus.nodeagent.entry", "stratus.drivers.link.protocol"),
    ),
    "stratus.commands.uninstall": ("stratus.config", "stratus.install"),
    # A sandbox is a cloud that this one makes and ends.
    "stratus.commands.sandbox": ("stratus.sandbox",),
    # The configuration is what this one is about; under StratusLab's name too.
    "stratus.commands.config": ("stratus.config",),
    # Clouds are sections of it, and reached before one is chosen.
    "stratus.commands.clouds": ("stratus.config",),
    "stratus.commands.login": ("stratus.config",),
    "stratus.commands.several": ("stratus.config",),
    "stratus.commands.stratuslab.config": ("stratus.config",),
    "stratus.commands.stratuslab.install": ("stratus.install",),
    # A command line may be given the machine that it installs on.
    # So may it the way into guests.
    "stratus.commands.session": ("stratus.install.ground", "stratus.drivers.link.protocol"),
    # Aliases are in the configuration, and read before a command is known.
    "stratus.commands.elsewhere": ("stratus.config",),
    # Completion reads what a line would be run with.
    "stratus.commands.completion": ("stratus.config", "stratus.drivers.ledger.protocol", "stratus.look"),
    # StratusLab's names have a front door of their own, and a command that writes the reference of the configuration.
    "stratus.commands.stratuslab.__main__": ("stratus.cli",),
    "stratus.commands.stratuslab.copy_config": ("stratus.config",),
    # Login files are files of the configuration.
    "stratus.commands.stratuslab.hash_password": ("stratus.config",),
    "stratus.commands.user.password": ("stratus.config",),
    "stratus.commands.user.certificate": ("stratus.config",),
    # What sshd asks for each key that is offered opens the ledger alone.
    "stratus.gate.__main__": ("stratus.drivers",),
    # The writer of the man pages reads everything that a user can see.
    "stratus.commands.man": (
        "stratus.__main__",
        "stratus.cli",
        "stratus.config",
        "stratus.nodeagent.__main__",
        "stratus.gate",
    ),
}
# Concrete drivers are chosen in these places.
ROOTS = (
    *("stratus.cloud", "stratus.way", "stratus.look", "stratus.sandbox"),
    *("stratus.nodeagent.__main__", "stratus.gate.__main__"),
)
# Each foreign library is known to one module or folder only.
OWNERS: dict[str, tuple[str, ...]] = {
    "argon2": ("stratus.config.logins",),
    "click": ("stratus.cli", "stratus.commands"),
    "configobj": ("stratus.config",),
    "dirq": ("stratus.drivers.queue",),
    "javaproperties": ("stratus.config.logins",),
    "libvirt": ("stratus.drivers.hypervisor",),
    "lxml": ("stratus.drivers.hypervisor",),
    "paramiko": ("stratus.drivers.link",),
    "passlib": ("stratus.config.logins",),
    "pycdlib": ("stratus.drivers.disks",),
    "requests": ("stratus.drivers.images",),
    "rich": ("stratus.output",),
    "urllib3": ("stratus.drivers.images",),  # comes with requests, whose answers it reads
    "yaml": ("stratus.output",),
}
# What every command line needs, be it for its help alone.
FRONT_DOOR = {
    f"stratus.commands.{name}"
    for name in ("elsewhere", "front_door", "group", "loudness", "session", "stratuslab", "stratuslab.names")
}
HEAVY = ("rich", "paramiko", "requests", "libvirt", "lxml", "xmlsec", "pycdlib", "yaml", "pexpect", "dirq", "configobj")


@dataclass(frozen=True)
class Import:
    """One imported name, and the file and line where that happens."""

    by: str
    what: str
    line: int

    def __str__(self) -> str:
        return f"{self.by}:{self.line} imports {self.what}"


def test_every_module_imports_only_what_its_layer_may() -> None:
    bad = [each for each in imports() if each.what.startswith("stratus") and not may(each.by, each.what)]
    assert not bad, "\n".join(map(str, bad))


def test_only_the_roots_choose_concrete_drivers() -> None:
    bad = [
        each
        for each in imports()
        if within(each.what, ("stratus.drivers",))
        and each.what.count(".") >= 3
        and not within(each.by, ("stratus.drivers", "stratus.nodeagent"))
        and not within(each.by, ROOTS)
        and not each.what.endswith(".protocol")
    ]
    assert not bad, "\n".join(map(str, bad))


def test_a_door_knows_no_other_door_but_its_protocol() -> None:
    bad = [
        each
        for each in imports()
        if within(each.by, ("stratus.drivers",))
        and within(each.what, ("stratus.drivers",))
        and not same_door(each)
        # what a door promises may be said in another's words
        and not within(each.what, ("stratus.drivers.*.protocol",))
    ]
    assert not bad, "\n".join(map(str, bad))


def test_each_foreign_library_is_imported_by_its_owner_only() -> None:
    bad = [each for each in imports() if is_foreign(each.what) and not within(each.by, owners(each.what))]
    assert not bad, "\n".join(map(str, bad))


def test_the_model_never_touches_the_world() -> None:
    outside = ("subprocess", "socket", "shutil", "tempfile", "threading", "time", "os", "pathlib")
    bad = [
        each
        for each in imports()
        if within(each.by, ("stratus.model",))
        and within(each.what, outside)
        # the lock under which a class is made
        and (each.by, each.what) != ("stratus.model.values", "threading")
    ]
    assert not bad, "\n".join(map(str, bad))


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph: dict[str, set[str]] = {name: set() for name in modules()}
    for each in imports():
        if each.what in graph and each.what != each.by:
            graph[each.by].add(each.what)
    assert not (circle := find_circle(graph)), " -> ".join(circle)


@pytest.mark.parametrize("words", [("--help",), ("--version",), ("image", "--help")], ids=" ".join)
def test_help_and_version_load_no_command_and_no_heavy_library(words: tuple[str, ...], tmp_path: Path) -> None:
    loaded = loaded_by(words, tmp_path)
    assert not loaded & set(HEAVY)
    commands = {name for name in loaded if name.startswith("stratus.commands.")}
    assert commands <= FRONT_DOOR | {"stratus.commands.image"}
    assert not any(name.startswith("stratus.drivers.") and is_concrete(name) for name in loaded)
    assert "stratus.config" not in loaded


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_loads_no_heavy_library(command: str, tmp_path: Path) -> None:
    assert not loaded_by((command, "--help"), tmp_path) & set(HEAVY)


def test_describe_on_an_empty_ledger_loads_no_heavy_library(tmp_path: Path) -> None:
    loaded = loaded_by(("describe",), tmp_path)
    assert "stratus.drivers.ledger.sqlite" in loaded
    assert not loaded & set(HEAVY)


def loaded_by(words: tuple[str, ...], folder: Path) -> set[str]:
    """The modules that a fresh interpreter has loaded after this command line."""
    program = (
        "import sys; from stratus import cli; status = cli.run(sys.argv[1:]);"
        "sys.stderr.write('\\n'.join(sys.modules)); sys.exit(status)"
    )
    environ = {"HOME": str(folder), "STRATUSLAB_CONFIG_DIR": str(folder), "STRATUSLAB_STATE_DIR": str(folder)}
    argv = [sys.executable, "-P", "-c", program, *words]
    done = subprocess.run(
        argv, env=environ, cwd=PACKAGE.parent, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return set(done.stderr.splitlines())


@cache
def modules() -> dict[str, Path]:
    """Every module of the package by its dotted name."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def imports() -> tuple[Import, ...]:
    """Every import of the package, those inside functions too; of `from a import b` the module b if it is one."""
    return tuple(found for name, path in modules().items() for found in imports_of(name, path))


def imports_of(name: str, path: Path) -> Iterator[Import]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (Import(name, alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module, f"{name}:{node.lineno} imports relatively"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield Import(name, inner if inner in modules() else node.module, node.lineno)


def may(by: str, what: str) -> bool:
    """Whether the table lets one module import the other; the package itself holds the version only."""
    own = layer_of(by)
    besides = (more for name, extra in BESIDES.items() if within(by, (name,)) for more in extra)
    return what == "stratus" or within(what, (own, *LAYERS[own], *besides))


def layer_of(name: str) -> str:
    return ".".join(name.split(".")[:2])


def within(name: str, places: tuple[str, ...]) -> bool:
    return any(is_within(name.split("."), place.split(".")) for place in places)


def is_within(name: list[str], place: list[str]) -> bool:
    return len(name) >= len(place) and all(wanted in ("*", word) for word, wanted in zip(name, place, strict=False))


def same_door(each: Import) -> bool:
    return each.by.split(".")[2] == each.what.split(".")[2]


def is_concrete(name: str) -> bool:
    return name.count(".") >= 3 and not name.endswith(".protocol")


def is_foreign(name: str) -> bool:
    top = name.split(".")[0]
    return top != "stratus" and top not in sys.stdlib_module_names


def owners(name: str) -> tuple[str, ...]:
    return OWNERS.get(name.split(".")[0], ())


def find_circle(graph: dict[str, set[str]]) -> list[str]:
    """A way through the graph that comes back to where it began, or nothing."""
    finished: set[str] = set()

    def visit(name: str, way: list[str]) -> list[str]:
        if name in way:
            return [*way[way.index(name) :], name]
        if name in finished:
            return []
        for following in sorted(graph[name]):
            if circle := visit(following, [*way, name]):
                return circle
        finished.add(name)
        return []

    return next((circle for name in sorted(graph) if (circle := visit(name, []))), [])
