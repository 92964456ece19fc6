"""How a listing is to look: options, then the user's configuration, then the listing's own way."""

import csv
import io
import re

import pytest
import yaml

LISTINGS = ("describe", "image list", "node list", "image show tiny")
RESULTS = ("run tiny --ram 16", "image import /images/other.img", "kill web", "wait web")


@pytest.fixture
def three(stratus):
    """web runs with 64 MiB, db with 128, and old is done."""
    stratus.ok("run tiny --name web --ram 64 --wait")
    stratus.ok("run tiny --name old --ram 32")
    stratus.ok("run tiny --name db --ram 128")
    stratus.ok("wait old db")
    stratus.ok("kill old --wait")


@pytest.fixture
def configured(stratus):
    """Writes lines to the user's configuration."""

    def write(*lines):
        path = stratus.home / ".stratuslab/stratuslab-user.cfg"
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(("[default]", *lines, "")))

    return write


@pytest.mark.parametrize("line", [*LISTINGS, *RESULTS])
def test_every_listing_has_all_formats_and_columns(stratus, line):
    stratus.ok("run tiny --name web --ram 64 --wait")
    assert [set(row) for row in stratus.ok(f"{line} --columns name -o json").json] != []
    for format in ("table", "wide", "json", "yaml", "csv", "name"):
        said = stratus(f"{line} -o {format}")
        assert said.status in (0, 3, 4), said  # what is killed or deleted is not there a second time
    said = stratus(f"{line} --columns nmae")
    assert (said.status, said.out) == (2, "")
    assert "there is no column 'nmae'" in said.err and "did you mean name? one of: " in said.err


def test_formats_of_describe(stratus, three):
    (row, _) = stratus.ok("describe -o json").json
    assert yaml.safe_load(stratus.ok("describe web -o yaml").out)[0]["uuid"] == row["uuid"]
    assert [line[0] for line in csv.reader(io.StringIO(stratus.ok("describe -o csv").out))] == ["id", "1", "3"]
    wide = re.split(r"  +", stratus.ok("describe -o wide").out.splitlines()[0])
    assert wide == list(row)
    assert stratus.ok("describe -o name").out == "web\ndb\n"
    assert stratus.ok("describe -a -o name").out == "web\n2\ndb\n", "the name of one that is done may be another's"


def test_columns_sorting_and_filters(stratus, three):
    assert stratus.ok("describe --columns ram,name --sort -ram").out == "ram  name\n128  db\n64   web\n"
    assert stratus.ok("describe --no-header --columns name --sort name").out == "db\nweb\n"
    assert stratus.ok("describe --filter name!=db --filter image~TIN -o name").out == "web\n"
    assert stratus.ok("describe --sort age --columns age_s -o json").json != []
    assert stratus.ok("describe -a --filter state=done --columns id -o json").json == [{"id": 2}]
    for option in ("--sort nmae", "--filter nmae=1", "--filter name", "--columns ,", "--columns name -o name"):
        assert stratus(f"describe {option}").status == 2


def test_what_is_wrong_with_the_look_is_said_before_anything_is_done(stratus):
    assert stratus("run tiny --columns nmae").status == stratus("image delete tiny --columns nmae").status == 2
    assert stratus.ok("image list -o name").out == "tiny\n"
    assert stratus.ok("describe -a -o json").json == []


@pytest.mark.parametrize("line", ["kill", "run tiny", "stop", "image delete", "image import /images/other.img"])
def test_what_changes_things_has_no_filter_that_could_be_taken_for_a_choice(stratus, line):
    assert "No such option '--filter'" in stratus(f"{line} x --filter state=failed").err


def test_the_configuration_gives_the_defaults(stratus, three, configured):
    configured("output_format = json", "describe_columns = name, state", "color = always")
    assert stratus.ok("describe").json[0]["uuid"]
    assert (
        stratus.ok("describe -o table").out
        == "name  state\nweb   \x1b[32mrunning\x1b[0m\ndb    \x1b[32mrunning\x1b[0m\n"
    )
    stratus.environ = {**stratus.environ, "STRATUSLAB_COLOR": "never", "STRATUSLAB_OUTPUT_FORMAT": "table"}
    assert stratus.ok("describe").out == "name  state\nweb   running\ndb    running\n"
    assert stratus.ok("-c describe_columns=id describe").out == "id\n1\n3\n"
    assert stratus.ok("describe --columns id").out == "id\n1\n3\n"
    assert stratus.ok("describe -o csv").out.startswith("id,name,state,vcpu"), "programs get what they always got"
    assert stratus.ok("-q run tiny --ram 16").out == "4, 172.30.16.5\n"
    assert stratus.ok("-c output_format=name describe web").out == "web\n"
    assert stratus.ok("-c output_format=name describe web --columns id").out == "id\n1\n"


def test_a_wrong_default_is_an_error_of_the_configuration(stratus, configured):
    configured("describe_columns = name,nmae")
    said = stratus("describe")
    assert (said.status, said.out) == (12, "")
    assert said.err.startswith("stratus: describe_columns: there is no column 'nmae'\n  try: did you mean name?")
    said = stratus("config check")
    assert (said.status, "describe_columns: there is no column 'nmae'" in said.out) == (12, True)
    configured("output_format = xml")
    assert "output_format" in stratus("image list").err


def test_ages_and_moments_are_for_people_and_for_programs(stratus, three):
    (row,) = stratus.ok("describe web -o json").json
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", row["created"])
    assert re.fullmatch(r"\d+s", row["age"]) and row["age_s"] >= 0
    assert re.search(r"^looked at +\d+s ago$", stratus.ok("describe -v web").out, re.MULTILINE)


def test_a_wait_carries_its_phases(stratus):
    (row,) = stratus.ok("run tiny --name web --ram 16 --wait=ssh -o json").json
    assert list(row["phases"])[-2:] == ["running", "ssh"] and row["seconds"] >= 0
    stratus.ok("run tiny --name db --ram 16")
    assert "[2/2] 2 (db): running ..." in stratus.ok("wait web db").err.splitlines()
    assert stratus.ok("wait web --columns phases --no-header").out.startswith("running 0.")


def test_a_password_in_the_source_of_an_image_is_never_shown(stratus):
    import dataclasses

    from stratus.actions import records
    from stratus.model.image import ImageEntry

    cloud = stratus.open()
    (document,) = cloud.ledger.find(records.IMAGE)
    entry = dataclasses.replace(records.value_of(document, ImageEntry), source="https://bob:secret@example.org/x")
    cloud.ledger.commit([records.put_image(entry, document.revision)])
    cloud.close()
    for format in ("table", "wide", "json", "yaml", "csv"):
        for line in ("image show tiny", "image list", "image list --columns source"):
            assert "secret" not in stratus.ok(f"{line} -o {format}").out
    assert stratus.ok("image show tiny -o json").json[0]["source"] == "https://***@example.org/x"
    for line in ("run https://u:secret@h/x --plan", "image import https://u:secret@h/x --plan"):
        for format in ("table", "json"):
            said = stratus.ok(f"{line} -o {format}")
            assert "secret" not in said.out + said.err
    for line in (
        "run gopher://u:secret@h/x",
        "image import https://u:secret@h/x --name /",
    ):
        said = stratus(line)
        assert said.status and "secret" not in said.err
