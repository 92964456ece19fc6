"""cloud-init's own code reads our disks. Needs Debian's package cloud-init, as the live tier's preparation brings it."""

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stratus.model.cloudinit import context_request, prepare_context_lines
from stratus.model.context.disk import context_disk
from stratus.model.context.pairs import parse_file
from stratus.model.context.shell import assignments
from stratus.model.context.values import ContextDisk, ContextInstance, ContextNic, ContextRequest, UserDataPart
from tests.model.context.samples import HOSTILE, INSTANCE, public_key
from tests.model.context.test_pairs import VALUES

pytestmark = pytest.mark.slow  # each starts a Python with all of cloud-init
PYTHON = "/usr/bin/python3"
READER = str(Path(__file__).with_name("cloud_init_reader.py"))
MACS = {"0a:00:c0:00:02:2a": "ens3", "0a:00:c0:00:02:2b": "ens4"}
KEYS = (public_key(1), public_key(2, comment="it's $HER ключ 😀"))
HOSTILE_VARIABLES = tuple((f"V{number}", value) for number, value in enumerate(HOSTILE))
PARTS = (
    UserDataPart("x-shellscript", "set up.sh", b"#!/bin/sh\r\necho 'it''s' $HOME\n\n"),
    UserDataPart("cloud-config", "ünï.cfg", b"#cloud-config\npackages: [htop]\n"),
    UserDataPart("x-shellscript", "long.sh", b"#!/bin/sh\n" + b"x" * 2000 + b"\n--==\nFrom here\n.\n"),
)


def _is_there() -> bool:
    return subprocess.run([PYTHON, "-c", "import cloudinit"], capture_output=True).returncode == 0


pytestmark = [] if _is_there() else [pytest.mark.live]


def _read(source: str, folders: Sequence[Path], *, as_user: str | None = None) -> tuple[str, list[Any]]:
    done = subprocess.run(
        [PYTHON, READER, source, *map(str, folders)],
        input=json.dumps({"macs": MACS, "as_user": as_user}),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    return answer["version"], answer["results"]


def _read_disk(disk: ContextDisk, folder: Path, **options: Any) -> Any:
    """What cloud-init makes of a disk, by the source that looks for such a label."""
    source, below = {"CONTEXT": ("opennebula", "."), "cidata": ("nocloud", "seed/nocloud")}[disk.label]
    (folder / below).mkdir(parents=True, exist_ok=True)
    for name, content in disk.files:
        (folder / below / name).write_bytes(content)
    return _read(source, [folder], **options)[1][0]


@pytest.mark.parametrize("as_user", [None, pytest.param("nobody", marks=pytest.mark.live)])
def test_hostile_variables_arrive_and_nothing_is_run(tmp_path: Path, as_user: str | None) -> None:
    """cloud-init gives the file to `sudo -u nobody bash`; to a plain bash where we are not root."""
    seen = _read_disk(context_disk(ContextRequest(variables=HOSTILE_VARIABLES), INSTANCE), tmp_path, as_user=as_user)

    assert [seen["metadata"][name] for name, _ in HOSTILE_VARIABLES] == list(HOSTILE)
    assert sorted(os.listdir(tmp_path)) == ["context.sh", "epilog.sh", "init.sh", "prolog.sh"]


@settings(max_examples=5, deadline=None)
@given(values=st.lists(VALUES, min_size=20, max_size=40))
def test_any_variables_arrive(tmp_path_factory: pytest.TempPathFactory, values: list[str]) -> None:
    variables = tuple((f"V{number}", value) for number, value in enumerate(values))

    seen = _read_disk(context_disk(ContextRequest(variables=variables), INSTANCE), tmp_path_factory.mktemp("any"))

    assert [seen["metadata"][name] for name, _ in variables] == values


def test_the_opennebula_source_takes_keys_name_and_network(tmp_path: Path) -> None:
    seen = _read_disk(context_disk(ContextRequest(public_keys=KEYS), INSTANCE), tmp_path)

    assert seen["metadata"]["public-keys"] == list(KEYS)
    assert seen["metadata"]["local-hostname"] == "web1"
    card = seen["network"]["ethernets"]["ens3"]
    assert card["match"] == {"macaddress": "0a:00:c0:00:02:2a"}
    assert card["addresses"] == ["192.0.2.42/24"]
    assert card["nameservers"] == {"addresses": ["192.0.2.1", "192.0.2.2"], "search": ["example.org"]}
    assert "192.0.2.1" in json.dumps({key: value for key, value in card.items() if key in ("gateway4", "routes")})


def test_the_opennebula_source_asks_dhcp_where_we_do_not_know_the_router(tmp_path: Path) -> None:
    instance = ContextInstance(12, "web1", "u", (ContextNic("0a:00:c0:00:02:2a", "192.0.2.42"),))

    assert _read_disk(context_disk(ContextRequest(), instance), tmp_path)["network"] is None


@pytest.mark.parametrize("method", ["one", "cloud-init"])
def test_parts_arrive_byte_for_byte_after_our_own(tmp_path: Path, method: str) -> None:
    seen = _read_disk(context_disk(ContextRequest(method, KEYS, user_data=PARTS), INSTANCE), tmp_path)

    ours, *theirs = seen["parts"]
    assert ours[3] == {"disable_root": False, "ssh_authorized_keys": list(KEYS)}
    assert [part[:3] for part in theirs] == [[f"text/{part.kind}", part.name, part.content.decode()] for part in PARTS]


@pytest.mark.parametrize("method", ["one", "cloud-init"])
def test_literal_user_data_arrives_as_it_is(tmp_path: Path, method: str) -> None:
    literal = UserDataPart("none", "raw", b"#!/bin/sh\necho 'it''s' \xe2\x98\x83\n")

    seen = _read_disk(context_disk(ContextRequest(method, KEYS, user_data=(literal,)), INSTANCE), tmp_path)

    assert seen["userdata"] == literal.content.decode()
    assert [part[0] for part in seen["parts"]] == ["text/x-shellscript"]


def test_nocloud_is_told_who_it_is_and_whose(tmp_path: Path) -> None:
    seen = _read_disk(context_disk(ContextRequest("cloud-init", KEYS, HOSTILE_VARIABLES), INSTANCE), tmp_path)

    assert seen["instance_id"] == f"{INSTANCE.uuid}-1"
    assert seen["metadata"]["local-hostname"] == "web1"
    assert seen["public_keys"] == list(KEYS)
    assert seen["metadata"]["context"] == dict(HOSTILE_VARIABLES)
    assert seen["parts"][0][3] == {"disable_root": False, "ssh_authorized_keys": list(KEYS)}
    assert len(seen["parts"]) == 1
    assert seen["network"] is None
    assert not seen["vendordata"]


def test_nocloud_is_told_the_address_where_nobody_answers_dhcp(tmp_path: Path) -> None:
    nic = ContextNic("0A:00:c0:00:02:2a", "192.0.2.42", "255.255.255.0", "192.0.2.1", ("192.0.2.1",), "", static=True)

    seen = _read_disk(context_disk(ContextRequest("cloud-init"), ContextInstance(1, "web1", "u", (nic,))), tmp_path)

    assert seen["network"]["ethernets"]["eth0"] == {
        "match": {"macaddress": "0a:00:c0:00:02:2a"},
        "addresses": ["192.0.2.42/24"],
        "gateway4": "192.0.2.1",
        "nameservers": {"addresses": ["192.0.2.1"], "search": []},
    }


def test_prepared_context_lines_arrive_like_the_parts_themselves(tmp_path: Path) -> None:
    text = "CONTEXT_METHOD=cloud-init\n" + "\n".join(prepare_context_lines(KEYS, PARTS)) + "\n"

    seen = _read_disk(context_disk(context_request(variables=parse_file(text)), INSTANCE), tmp_path)

    assert seen["public_keys"] == list(KEYS)
    assert [part[:3] for part in seen["parts"]] == [
        [f"text/{part.kind}", part.name, part.content.decode()] for part in PARTS
    ]


@pytest.mark.skipif(not os.environ.get("STRATUS_FIXTURES"), reason="STRATUS_FIXTURES names no folder")
def test_our_quoting_gives_cloud_init_what_its_authors_files_give_it(tmp_path: Path) -> None:
    """The variables of each case, quoted by us: the same result as was recorded from the case's own file."""
    oracle = Path(os.environ["STRATUS_FIXTURES"]) / "cloud-init-oracle"
    recorded = json.loads((oracle / "expected-22.4.2.json").read_text())
    expected = {name: case for name, case in recorded["results"].items() if case.get("metadata")}
    folders = []
    for name, case in expected.items():
        variables = [(key, value) for key, value in case["metadata"].items() if key == key.upper()]
        folders.append(tmp_path / name)
        folders[-1].mkdir()
        (folders[-1] / "context.sh").write_bytes(assignments(variables))

    version, results = _read("opennebula", folders)

    assert len(expected) == 15
    for (name, case), seen in zip(expected.items(), results, strict=True):
        assert seen["metadata"] == case["metadata"], name
        assert seen["userdata"] == case["userdata"], name
        if version.startswith(recorded["cloud_init_version"]):  # other versions write networks in other words
            assert seen["network"] == case.get("network-interfaces"), name
