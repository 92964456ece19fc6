"""stratus-run-instance: its output to the byte, and the request that its options make."""

import os
import re

import pytest

from tests.commands.conftest import KEY
from tests.model.test_machine_type import LISTING

STARTED = """
 :::::::::::::::::::::::::
 :: Starting machine(s) ::
 :::::::::::::::::::::::::
 :: Starting 1 machine
 :: Machine 1 (vm ID: 1)
\tLocal ip: 172.30.16.2
 :: Done!
"""
TWO = """
 :::::::::::::::::::::::::
 :: Starting machine(s) ::
 :::::::::::::::::::::::::
 :: Starting 2 machines
 :: Machine 1 (vm ID: 1)
\tLocal ip: 172.30.16.2
 :: Machine 2 (vm ID: 2)
\tLocal ip: 172.30.16.3
 :: Done!
"""


def test_a_start_is_told_in_stratuslabs_words(old):
    assert old.ok("run-instance tiny").out == STARTED


def test_several_are_told_one_by_one(old):
    assert old.ok("run-instance -n 2 tiny").out == TWO


def test_quiet_is_one_line_for_each(old):
    said = old.ok("run-instance -q -n 2 tiny")
    assert (said.out, said.err) == ("1, 172.30.16.2\n2, 172.30.16.3\n", "")


@pytest.mark.parametrize("option", ["-l", "--list-types", "--list-type"])
def test_the_types_are_listed(old, option):
    assert old.ok(f"run-instance {option}").out == LISTING + "\n"


def test_the_ids_go_to_a_file_without_a_last_line_end(old, tmp_path):
    old.ok(f"run-instance -n 3 -o {tmp_path}/ids tiny")
    assert (tmp_path / "ids").read_bytes() == b"1\n2\n3"
    assert [path.name for path in tmp_path.glob(".ids*")] == []


def test_a_file_that_cannot_be_written_is_known_before_anything_starts(old, tmp_path, stratus):
    said = old(f"run-instance -o {tmp_path}/none/ids tiny")
    assert said.status == 1 and "cannot be written" in said.err and said.out == ""
    assert stratus.ok("describe --no-header").out == ""


def test_a_file_of_ids_is_left_alone_when_nothing_starts(old, tmp_path):
    (tmp_path / "ids").write_text("7")
    assert old(f"run-instance -o {tmp_path}/ids nothing").status == 3
    assert (tmp_path / "ids").read_text() == "7"


def test_the_ids_may_go_down_a_pipe(old):
    reading, writing = os.pipe()
    old.ok(f"run-instance -q -o /dev/fd/{writing} tiny")
    os.close(writing)
    assert os.read(reading, 100) == b"1"
    os.close(reading)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("", "Please specify the machine image to start"),
        ("--type huge tiny", "Unknown instance type: huge"),
        ("--context-file /nowhere tiny", "Extra context file does not exist"),
        ("--vnc-listen here tiny", "VNC listen IP is not valid"),
        ("--local-ip --private-ip tiny", "--local-ip and --private-ip exclude each other"),
        ("--number x tiny", "'x' is not a whole number"),
        ("tiny other", "unexpected extra argument"),
    ],
)
def test_a_wrong_command_line_is_status_2_and_starts_nothing(old, line, text, stratus):
    said = old(f"run-instance {line}")
    assert said.status == 2 and text in said.err and said.out == ""
    assert stratus.ok("describe --no-header").out == ""


@pytest.mark.parametrize(
    ("line", "status"),
    [("nothing", 3), ("--address 9.9.9.9 tiny", 8), ("--vm-name -x tiny", 8), ("--ram 99999999 tiny", 5)],
)
def test_an_error_has_a_status_of_its_own_and_goes_to_standard_error(old, line, status):
    said = old(f"run-instance -q {line}")
    assert (said.status, said.out) == (status, "") and said.err.startswith("stratus: ")


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ("", "count", 1),
        ("-t c1.medium", "machine_type", "c1.medium"),
        ("--cpu 3", "cpu", 3),
        ("--ram 512", "ram_mib", 512),
        ("--swap 0", "swap_mib", 0),
        ("-n 4", "count", 4),
        ("--local-ip", "network", "local"),
        ("--private-ip", "network", "private"),
        ("", "network", ""),
        ("--address 172.30.16.9", "address", "172.30.16.9"),
        ("--volatile-disk 5", "volatile_gib", 5),
        ("--vm-name web", "name", "web"),
        ("--use-host-cpu", "use_host_cpu", True),
        ("--keymap fr", "keymap", "fr"),
        ("--vnc-port 5905", "vnc_port", 5905),
        ("", "vnc_port", -1),
        ("--vnc-listen 0.0.0.0", "vnc_listen", "0.0.0.0"),
        ("", "plan", False),
    ],
)
def test_an_option_is_a_field_of_the_request(requests_of, line, field, value):
    (request,) = requests_of(f"run-instance {line} tiny")
    assert (request.image, getattr(request, field)) == ("tiny", value)


def test_context_comes_from_the_file_and_then_from_the_line(requests_of, tmp_path):
    (tmp_path / "c").write_text("A=file\nB=file\n")
    (request,) = requests_of(f"run-instance --context-file {tmp_path}/c --context 'A=line#C=x=y' tiny")
    assert request.context.variables == (("A", "line"), ("B", "file"), ("C", "x=y"))
    assert (request.context.method, request.context.public_keys) == ("one", (KEY.strip(),))


def test_cloud_init_brings_its_method(requests_of, tmp_path):
    (tmp_path / "s").write_text("#!/bin/sh\n")
    (request,) = requests_of(f"run-instance --cloud-init x-shellscript,{tmp_path}/s tiny")
    assert request.context.method == "cloud-init"
    assert [(part.kind, part.content) for part in request.context.user_data] == [("x-shellscript", b"#!/bin/sh\n")]
    (request,) = requests_of("run-instance --context-method cloud-init tiny")
    assert request.context.method == "cloud-init"


def test_a_key_file_may_hold_several_keys(requests_of, tmp_path):
    other = re.sub("alice@home", "other", KEY)
    (tmp_path / "k.pub").write_text(KEY + other)
    (request,) = requests_of(f"run-instance -k {tmp_path}/k.pub tiny")
    assert request.context.public_keys == (KEY.strip(), other.strip())
