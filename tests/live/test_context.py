"""What an instance is told arrives in it byte for byte, with both kinds of context disk."""

import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.live.cli import Stratus
from tests.live.conftest import make_key
from tests.live.lab import Guest, Lab, Start

pytestmark = pytest.mark.live

PAIRS = {
    "QUOTES": 'it\'s "said" \'\'\' """',
    "DOLLARS": "$HOME ${PATH} $(id) $$ $1 \\$x",
    "BACKQUOTES": "`id` ``",
    "BACKSLASHES": "C:\\new\\table \\\\ end",
    "BLANKS": "  two  blanks\tand a tab  ",
    "FOREIGN": "Grüße, Ωμέγα, 漢字, 😀, e\u0301",
    "SHELL_CODE": "; rm -rf / & | > < * ? [a] ~ ! % ^ {a,b}",
    "EQUALS": "a=b=c",
    "EMPTY": "",
    "COLOUR": "#ff0000",
}
LINES = {"LINES": "first 'one'\nsecond \"$two\"\n\n`fourth`\n", "ENDS": "in a backslash\\"}
ALL = {**PAIRS, **LINES}
SCRIPT = "#!/bin/sh\n# Grüße\nprintf '%s' \"ran as $(id -u): é\" >>/tmp/lt-script\n"


@pytest.fixture(scope="module")
def other_key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_key(tmp_path_factory.mktemp("other") / "other")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, lab: Lab, other_key: Path) -> tuple[str, ...]:
    """The options that tell everything, by argument and by file; and two keys."""
    folder = tmp_path_factory.mktemp("told")
    file = folder / "context"
    file.write_text("".join(f"{name}={_in_file(value)}\n" for name, value in LINES.items()), encoding="utf-8")
    pairs = "#".join(f"{name}={_in_argument(value)}" for name, value in PAIRS.items())
    keys = ("--key", f"{lab.key}.pub", "--key", f"{other_key}.pub")
    return ("--context", pairs, "--context-file", str(file), *keys)


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("script") / "told.sh"
    path.write_text(SCRIPT, encoding="utf-8")
    return path


@pytest.fixture(scope="module", params=["one", "cloud-init"])
def guest(request: pytest.FixtureRequest, start_for_all: Start, told: tuple[str, ...], script: Path) -> Guest:
    data = ("--cloud-init", f"x-shellscript,{script}") if request.param == "cloud-init" else ()
    guest = start_for_all(request.param, "--context-method", request.param, *told, *data)
    guest.wait_for("test -e /run/context/done")
    return guest


def test_every_value_is_in_the_guest_as_it_was_given(guest: Guest) -> None:
    found = _variables(guest)

    assert {name: found.get(name) for name in ALL} == {name: value.encode() for name, value in ALL.items()}


def test_each_of_the_keys_opens_it_and_no_other(guest: Guest, other_key: Path, tmp_path: Path) -> None:
    stranger = make_key(tmp_path / "stranger")

    assert guest.try_ssh("true").returncode == 0
    assert guest.try_ssh("true", key=other_key).returncode == 0
    # The user's own key is offered as well where ssh finds it; in this home it is another one than the guest's.
    refused = guest.try_ssh("true", key=stranger)
    assert refused.returncode == 255 and b"Permission denied" in refused.stderr


def test_it_has_its_name(guest: Guest) -> None:
    assert guest.ssh("hostname").decode().strip() == guest.name


def test_a_script_in_the_user_data_runs_once_and_the_instance_id_is_its_own(lab: Lab, guest: Guest) -> None:
    if "cloud-init" in guest.name:
        assert guest.ssh("cat /tmp/lt-script").decode() == "ran as 0: é"
        assert guest.row()["uuid"].encode() in guest.ssh("cat /run/context/meta-data")
    else:
        assert _variables(guest)["VMID"] == str(guest.id).encode()


def test_what_no_shell_can_hold_is_refused(lab: Lab, stratus: Stratus, tmp_path: Path) -> None:
    name = lab.name("untold")
    broken = tmp_path / "broken"
    broken.write_bytes(b"NAME=\xff\xfe\n")

    for words, status in (
        (("--context", "no-name=1"), 8),
        (("--context", "PATH=/evil"), 8),
        (("--context-file", str(broken)), 8),
        (("--context-file", str(tmp_path / "missing")), 3),
        (("--cloud-init", "x-shellscript,/nowhere"), 3),
        (("--cloud-init", "plain,/etc/hostname", "--context-method", "one"), 2),
        (("--key", "/etc/hostname"), 8),
    ):
        assert stratus(f"run {lab.image} --name {name}", *words, status=status).stderr
    assert name not in {row["name"] for row in stratus.rows("describe --all")}


def _in_argument(value: str) -> str:
    """A backslash right before a # says something else, and so does a #."""
    return value.replace("#", "\\#")


def _in_file(value: str) -> str:
    """A backslash at the end of a line goes on in the next one; two are one."""
    return "\\\n".join(f"{line}\\" if line.endswith("\\") else line for line in value.split("\n"))


def _variables(guest: Guest) -> Mapping[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(guest.ssh("tar -cf - -C /run/context/vars ."))) as files:
        found = {}
        for member in files:
            content = files.extractfile(member)
            if content is not None:
                found[member.name.removeprefix("./")] = content.read()
        return found
