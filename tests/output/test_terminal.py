"""What a person sees, on a real terminal: tables that fit, colours that can be had off, bars that go when it is done."""

import os
import re
import sys
from pathlib import Path

import pexpect
import pytest

from stratus.output.width import width

ROOT = str(Path(__file__).parents[2])
LONG = "web-" + "x" * 59
TABLE = f"""
from stratus import output
from stratus.model.listing import Listing, Look
names = ("id", "name", "state", "ram", "address", "node", "image")
kind = Listing({{n: (lambda one, n=n: one[n]) for n in names}}, names, lambda one: one["name"],
               kept=("id", "address", "state", "name"))
things = [
    dict(id=1, name="{LONG}", state="running", ram=1536, address="172.30.16.2", node="node1", image="debian-12"),
    dict(id=2, name="\u732b" * 40, state="failed", ram=64, address="172.30.16.3", node="node1", image=""),
    dict(id=3, name="\\x1b[31m\u202ered", state="stopped", ram=64, address="172.30.16.4", node="node1", image="x" * 65536),
]
output.listing(kind, things, Look(coloured=output.is_coloured("auto", __import__("os").environ)))
"""
PROGRESS = """
import os
from stratus import output
with output.Progress(live=output.is_live(os.environ)) as progress:
    progress("download", 0, 2000); progress("download", 1000, 2000)
    progress("unpack", 1, 4)
    progress.waiting("1 (web)", "boot", 3.2)
output.show("done")
"""
SGR = re.compile(r"\x1b\[[0-9;]*m")


def seen(program, columns, **environ):
    """All that a program writes to a terminal of so many columns."""
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": ROOT, "TERM": "xterm", "PYTHONUTF8": "1", **environ}
    child = pexpect.spawn(
        sys.executable, ["-P", "-c", program], env=environ, dimensions=(24, columns), encoding="utf-8", timeout=30
    )
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0, child.before
    return child.before


@pytest.mark.parametrize("columns", [20, 60, 100])
def test_no_line_is_wider_than_the_terminal_and_the_address_stays(columns):
    lines = SGR.sub("", seen(TABLE, columns)).splitlines()
    table = [line for line in lines if not line.startswith("no room for: ")]
    assert len(table) == 4 and max(map(width, table)) <= columns
    assert [line.split()[0] for line in table[1:]] == ["1", "2", "3"]
    assert [f"172.30.16.{number}" in table[number - 1] for number in (2, 3, 4)] == [True] * 3
    assert ("no room for: " in lines[-1]) == (columns < 100)
    assert "~" in table[1] or columns == 20


def test_states_are_coloured_on_a_terminal():
    said = seen(TABLE, 100)
    assert "\x1b[32mrunning\x1b[0m" in said and "\x1b[31mfailed\x1b[0m" in said
    assert "\u202e" not in said and "\\x1b[31m\\u202ered" in said


@pytest.mark.parametrize("environ", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"TERM": ""}], ids=str)
def test_colours_are_off_where_they_are_not_wanted(environ):
    assert "\x1b" not in seen(TABLE, 100, **environ)


def test_a_bar_and_a_line_are_shown_and_go_when_the_work_is_done():
    said = seen(PROGRESS, 80)
    assert "download" in said and "\x1b[" in said and "1/4" in said
    assert "1 (web): boot 3 s" in said
    assert said.endswith("\r\x1b[Kdone\r\n")


def test_a_dumb_terminal_gets_a_line_for_each_phase():
    assert seen(PROGRESS, 80, TERM="dumb") == "download ...\r\nunpack ...\r\n1 (web): boot ...\r\ndone\r\n"
