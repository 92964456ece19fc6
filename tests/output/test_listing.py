"""A listing in each format: what a program reads back is what was there, whatever a name has in it."""

import csv
import io
import json
import re

import pytest
import yaml

from stratus import output
from stratus.model.listing import Listing, Look
from tests.commands.test_hostile import WORDS, harmless

KINDS: Listing[dict] = Listing(
    {
        "id": lambda one: one["id"],
        "name": lambda one: one["name"],
        "state": lambda one: one["state"],
        "error": lambda one: one["error"],
    },
    ("id", "name", "state"),
    lambda one: one["name"],
)
FORMATS = ("table", "wide", "json", "yaml", "csv", "name")
HOSTILE = list(WORDS.values())


def printed(capsys, things, **look):
    output.listing(KINDS, things, Look(**look))
    return capsys.readouterr().out


def things_called(*names):
    return [{"id": number, "name": name, "state": name, "error": name} for number, name in enumerate(names, 1)]


@pytest.mark.parametrize("format", FORMATS)
def test_hostile_cells_are_harmless_in_every_format(capsys, format):
    assert harmless(printed(capsys, things_called(*HOSTILE), format=format))


def test_json_and_yaml_read_back_exactly(capsys):
    things = things_called(*HOSTILE)
    assert json.loads(printed(capsys, things, format="json")) == things
    whole = [each for each in things if each["name"] != "\udcff"]  # half a character has no place in YAML
    assert yaml.safe_load(printed(capsys, whole, format="yaml")) == whole


def test_csv_reads_back_with_what_a_terminal_would_obey_made_visible(capsys):
    read = list(csv.reader(io.StringIO(printed(capsys, things_called(*HOSTILE), format="csv"))))
    assert read[0] == ["id", "name", "state"]
    assert [row[1] for row in read[1:]] == [output.clean(word) for word in HOSTILE]


def test_a_table_has_a_line_for_each_row_and_every_line_has_all_columns(capsys):
    lines = printed(capsys, things_called(*HOSTILE), format="wide").splitlines()
    assert len(lines) == len(HOSTILE) + 1
    for line in lines:
        assert len(re.split(r"  +", line)) == 4, line[:200]


def test_columns_in_a_pipe_begin_where_their_names_begin(capsys):
    header, *lines = printed(
        capsys, things_called("\u732b", "e\u0301", "", "a  b"), columns=("name", "id")
    ).splitlines()
    place = header.index("id")
    assert [line[place:] for line in lines] == ["1", "2", "3", "4"]
    assert [line[:place].rstrip() for line in lines] == ["\u732b", "e\u0301", "-", "a b"]


def test_names_are_one_a_line(capsys):
    assert printed(capsys, things_called("web", "a\nb"), format="name") == "web\na\\nb\n"


def test_columns_are_exactly_those_that_were_asked_for(capsys):
    things = things_called("web")
    assert json.loads(printed(capsys, things, format="json", columns=("error", "id"))) == [{"error": "web", "id": 1}]
    assert yaml.safe_load(printed(capsys, things, format="yaml", columns=("error",))) == [{"error": "web"}]
    assert printed(capsys, things, format="csv", columns=("error", "id")) == "error,id\nweb,1\n"
    assert printed(capsys, things, columns=("error", "id"), header=False) == "web  1\n"
    assert printed(capsys, things, usual=("error",)) == "error\nweb\n"
    assert printed(capsys, things, format="csv", usual=("error",)) == "id,name,state\n1,web,web\n"


def test_nothing_is_a_header_or_nothing(capsys):
    assert printed(capsys, []) == "id  name  state\n"
    assert printed(capsys, [], header=False) == ""
    assert printed(capsys, [], format="json") == printed(capsys, [], format="yaml") == "[]\n"
    assert printed(capsys, [], format="name") == ""


def test_a_state_is_coloured_when_colours_are_wanted_and_reads_the_same_without(capsys):
    things = things_called("running", "failed", "calm")
    painted = printed(capsys, things, coloured=True)
    assert "\x1b[32mrunning\x1b[0m" in painted and "\x1b[31mfailed\x1b[0m" in painted
    assert re.sub(r"\x1b\[[0-9]*m", "", painted) == printed(capsys, things)
    assert "\x1b" not in painted.splitlines()[0] + painted.splitlines()[3]


def test_details_are_one_field_a_line_and_a_listing_in_other_formats(capsys):
    output.details(KINDS, things_called("web", ""), Look(), lambda one: [("more", f"{one['id']}!")])
    assert capsys.readouterr().out == "id     1\nname   web\nstate  web\nerror  web\nmore   1!\n\nid    2\nmore  2!\n"
    output.details(KINDS, things_called("web"), Look(format="csv"))
    assert capsys.readouterr().out == "id,name,state,error\n1,web,web,web\n"
