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


# What a program does on its way out must be done, and what it printed must arrive, although Python is not taken down.
LAST_WORDS = """
import atexit, os, sys, threading
from stratus.__main__ import leave
atexit.register(lambda: os.write(2, b"atexit;"))
sys.stdout.write("printed")
{more}
leave(7)
os.write(2, b"still here;")
"""


def left(more: str = "", stdout: int = subprocess.PIPE) -> tuple[bytes, bytes, int]:
    argv = [sys.executable, "-P", "-c", LAST_WORDS.format(more=more)]
    environ = {"PATH": os.environ["PATH"]}
    done = subprocess.run(argv, cwd=ROOT, env=environ, stdout=stdout, stderr=subprocess.PIPE, timeout=60)
    return done.stdout, done.stderr, done.returncode


def test_leaving_flushes_and_does_what_was_left_for_the_end() -> None:
    assert left() == (b"printed", b"atexit;", 7)


def test_threads_that_are_at_work_are_waited_for() -> None:
    work = "event = threading.Event(); threading.Thread(target=event.wait).start(); threading.Timer(0.01, event.set).start()"
    assert left(work) == (b"printed", b"still here;atexit;", 0)


def test_threads_that_python_would_not_wait_for_are_not_waited_for() -> None:
    assert left("threading.Thread(target=threading.Event().wait, daemon=True).start()") == (b"printed", b"atexit;", 7)


def test_what_cannot_be_printed_is_for_python_to_say() -> None:
    with open("/dev/full", "wb") as full:
        _, errors, status = left(stdout=full.fileno())
    assert status == 120 and b"still here;" in errors and b"No space left" in errors
