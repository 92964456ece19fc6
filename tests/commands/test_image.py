"""stratus image, as it is typed."""

import pytest

TINY = "Bzq9z30DlMd87-ya0-3zZX7e_8d"
HEADER = "name  identifier                   format  size     disk     in use  owner\n"
ROW = "tiny  Bzq9z30DlMd87-ya0-3zZX7e_8d  raw     4.0 KiB  4.0 KiB  0       alice\n"


def test_list(stratus):
    assert stratus.ok("image list").out == HEADER + ROW
    (row,) = stratus.ok("image list -o json").json
    assert (row["identifier"], row["size_bytes"], row["source"]) == (TINY, 4096, "/images/tiny.img")


def test_show_by_name_and_by_identifier(stratus):
    shown = stratus.ok("image show tiny")
    assert shown.out == stratus.ok(f"image show {TINY}").out
    assert f"identifier          {TINY}" in shown.out.splitlines()
    assert stratus.ok("image show tiny tiny -o json").json[1]["name"] == "tiny"


def test_import_tells_what_came(stratus):
    said = stratus.ok("image import /images/other.img")
    assert said.out.splitlines()[1].split()[0] == "other"
    assert said.err == "copy ...\n"
    assert stratus.ok("-q image import /images/other.img --name again").err == ""


@pytest.mark.parametrize(
    ("line", "status", "cause"),
    [
        ("image import /images/nothing.img", 3, "there is no image at /images/nothing.img"),
        ("image import /images/other.img --sha256 00", 8, "not a sha256 checksum"),
        (f"image import /images/other.img --sha1 {'0' * 40}", 8, "sha1"),
        ("image import /images/other.img --format qcow2", 8, "qcow2"),
        ("image import /images/other.img --compression gz", 8, "gz"),
        ("image import /images/other.img --name -x", 8, "'-x' cannot be an image's name"),
        ("image import /images/other.img --format iso", 2, "Invalid value for '--format'"),
        ("image import", 2, "Missing argument 'FILE|URL'"),
        ("image import ftp://example.org/x", 8, "an image cannot come from"),
        ("image show nothing", 3, "no image 'nothing'"),
        ("image delete nothing tiny", 3, "no image 'nothing'"),
        ("image build nothing", 3, "no recipe is called nothing"),
        ("image shwo", 2, "there is no command 'shwo'"),
    ],
)
def test_what_is_refused_changes_nothing(stratus, line, status, cause):
    said = stratus(line)
    assert (said.status, said.out) == (status, "")
    assert cause in said.err
    assert stratus.ok("image list").out == HEADER + ROW


def test_a_name_that_is_taken_does_not_lose_what_came(stratus):
    said = stratus("image import /images/other.img --name tiny")
    assert said.status == 4 and "the name tiny is another image's" in said.err
    (kept,) = (row["name"] for row in stratus.ok("image list -o json").json if row["name"] != "tiny")
    assert f"this one is kept as {kept}" in said.err and f"try: stratus run {kept}" in said.err


def test_delete(stratus):
    assert stratus.ok("image list").out == HEADER + ROW
    assert stratus.ok("image delete tiny").out == f"name  identifier\ntiny  {TINY}\n"
    assert stratus.ok("image list -o json").json == []


def test_delete_in_use_is_a_conflict(stratus):
    stratus.ok("run tiny")
    said = stratus("image delete tiny")
    assert said.status == 4
    assert said.err == "stratus: image tiny is in use by 1\n  try: stratus kill 1, then try again\n"


def test_build_lists_its_recipes(stratus):
    for line in ("image build", "image build --list"):
        assert stratus.ok(line).out.splitlines()[1].startswith("tiny ")
