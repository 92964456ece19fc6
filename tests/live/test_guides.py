"""The guides: every command line in them is typed, on a machine where nothing was installed before."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.cli import STRATUS
from tests.live.conftest import make_key
from tests.live.gate import OWN_ETC
from tests.live.guide import Shell, matches, typed
from tests.live.island import Island, island
from tests.live.lab import Lab

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture
def bare(lab: Lab, tmp_path: Path) -> Iterator[Island]:
    """A bare machine; its administrator has an image in a file, and a key pair."""
    make_key(tmp_path / ".ssh" / "id_ed25519")
    (image,) = lab.stratus.rows("image show", lab.image)
    shutil.copyfile(image["path"], tmp_path / "tiny.img")
    with island(tmp_path) as found:
        yield found


@pytest.fixture
def cloud(bare: Island) -> Island:
    """The same machine with a cloud on it, as the administrator guide leaves one: an image, and a small machine type."""
    bare.run("sh", "-ec", OWN_ETC)
    bare.run("sh", "-ec", "echo 127.0.0.1 cloud.example.org >> /etc/hosts")
    bare.stratus("install --yes --gate")
    bare.stratus(f"user add alice --key {bare.stratus.home}/.ssh/id_ed25519.pub")
    bare.stratus(f"image import {bare.stratus.home}/tiny.img --name tiny")
    bare.stratus("config --site -s instance_types lab.small 1,128,0")
    bare.stratus("config --site default_instance_type lab.small")
    bare.stratus("config cpu_ratio 8")
    return bare


@pytest.mark.live
def test_every_command_line_of_the_administrator_guide_does_what_it_says(bare: Island) -> None:
    type_all("administrator-guide.md", bare)


@pytest.mark.live
@pytest.mark.parametrize("page", ["tutorial.md", "user-guide.md"])
def test_every_command_line_of_a_users_guide_does_what_it_says(page: str, cloud: Island) -> None:
    type_all(page, cloud)


def type_all(page: str, machine: Island) -> None:
    """Type the page in the reader's shell, at home, with the commands in PATH."""
    environ = dict(machine.stratus.environ)
    environ.pop("STRATUSLAB_CPU_RATIO")
    path = f"{STRATUS.parent}:{environ['PATH']}"
    shell = Shell([*machine.prefix, "env", "-C", str(machine.stratus.home)], {**environ, "PATH": path})
    steps = list(typed(DOCS / page))
    assert len(steps) > 10
    for step in steps:
        shell.type(step)
    shell.close()


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        (("id  name", "8   web   running"), ["id    name", "12    web   running"]),
        (("8 (web): prolog 0.8 s",), ["11 (web): prolog 1.25 s"]),
        (("a", "[...]", "z"), ["a", "b", "c", "z"]),
        (("tiny  MRH-U8DgWFIYUg4diIUS3R_dUFM  14 MiB",), ["tiny  AAH-U8DgWFIYUg4diIUS3R_dUFM  15 MiB"]),
    ],
)
def test_numbers_and_widths_may_be_others(expected: tuple[str, ...], said: list[str]) -> None:
    assert matches(expected, said)


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        (("8   web   running",), ["8   web   failed"]),
        (("a", "z"), ["a", "b", "z"]),
        (("a",), []),
        (("a", "[...]", "z"), ["a", "b"]),
    ],
)
def test_words_may_not(expected: tuple[str, ...], said: list[str]) -> None:
    assert not matches(expected, said)
