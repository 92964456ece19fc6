"""What is answered before any library is loaded is what the front door would have said."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from stratus.__main__ import at_once

ROOT = Path(__file__).parents[1]
FIRST, FRONT_DOOR = "stratus", "stratus.cli"


AT_ONCE = "import sys; from stratus.__main__ import at_once; sys.stdout.buffer.write(at_once(sys.argv[1:]))"


def said(module: str, *words: str, stdout: int = subprocess.PIPE, **environ: str) -> tuple[bytes, bytes, int]:
    argv = [sys.executable, "-P", *(("-c", AT_ONCE) if module == AT_ONCE else ("-m", module)), *words]
    done = subprocess.run(
        argv, cwd=ROOT, env={"PATH": os.environ["PATH"], **environ}, stdout=stdout, stderr=subprocess.PIPE, timeout=60
    )
    return done.stdout, done.stderr, done.returncode


@pytest.mark.parametrize("word", ["--version", "--help", "-h"])
def test_it_says_what_the_front_door_says(word: str) -> None:
    assert said(FIRST, word) == said(FRONT_DOOR, word)
    assert said(AT_ONCE, word)[0] == said(FRONT_DOOR, word)[0]


def test_a_narrow_terminal_and_a_wished_width_get_lines_that_fit() -> None:
    output, _, status = said(FIRST, "--help", COLUMNS="60")
    assert status == 0 and max(map(len, output.decode().splitlines())) <= 60
    assert output == said(FRONT_DOOR, "--help", COLUMNS="60")[0]


@pytest.mark.parametrize("words", [[], ["describe"], ["--help", "run"], ["run", "--help"], ["--version", "x"]])
def test_everything_else_is_for_the_front_door(words: list[str]) -> None:
    assert at_once(words) == b""


def test_an_output_that_nobody_reads_is_the_front_doors_trouble() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        output, errors, status = said(FIRST, "--help", stdout=writer)
        assert (output, errors, status) == said(FRONT_DOOR, "--help", stdout=writer)
        assert errors == b""
    finally:
        os.close(writer)


def test_a_wide_terminal_gets_the_page() -> None:
    above, below = pty.openpty()
    try:
        assert said(FIRST, "--version", stdout=below)[1:] == (b"", 0)
        assert os.read(above, 100).startswith(b"stratus ")
    finally:
        os.close(above)
        os.close(below)
