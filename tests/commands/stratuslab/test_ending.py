"""stratus-kill-instance and stratus-shutdown-instance: each id on its own, and silence unless asked."""

import pytest

from stratus.model.requests import KillRequest, ShutdownRequest

BOTH = pytest.mark.parametrize(("name", "title"), [("kill-instance", "Kill"), ("shutdown-instance", "Shutdown")])


def living(stratus):
    return [row["id"] for row in stratus.ok("describe -o json").json if row["state"] not in ("epilog", "shutdown")]


def test_the_requests_are_those_of_the_new_commands(requests_of):
    assert requests_of("kill-instance 1 2 1") == [KillRequest(("1",)), KillRequest(("2",))]
    assert requests_of("shutdown-instance web") == [ShutdownRequest(("web",))]


@BOTH
def test_nothing_is_said_of_what_went_well(old, stratus, name, title):
    stratus.ok("run tiny -n 3 --wait")
    said = old.ok(f"{name} 1 3")
    assert (said.out, said.err) == ("", "")
    assert living(stratus) == [2]


@BOTH
def test_v_tells_each_request_and_the_sum(old, stratus, name, title):
    stratus.ok("run tiny -n 3 --wait")
    assert old.ok(f"{name} -v 1 2").out == (
        f'Sending "{title}" request for instance 1.\nSending "{title}" request for instance 2.\n"{title}" 2 VMs: 1, 2\n'
    )
    assert old.ok(f"{name} -v 3").out.splitlines()[-1] == f'"{title}" 1 VM: 3'


@BOTH
def test_one_that_cannot_be_ended_does_not_keep_the_others(old, stratus, name, title):
    stratus.ok("run tiny -n 2 --wait")
    said = old(f"{name} 1 99 2")
    assert said.status == 3 and "no instance '99'" in said.err and said.out == ""
    assert living(stratus) == []


@BOTH
def test_no_id_is_an_error_of_usage(old, name, title):
    said = old(name)
    assert said.status == 2 and "Missing vm-id or input file (-i/--input)" in said.err and said.out == ""


@pytest.mark.parametrize("text", ["1\n3", "1\n3\n", "\n 1 \r\n\n3\n\n", "1\n1\n3"])
def test_ids_come_from_a_file_however_its_lines_end(old, stratus, tmp_path, text):
    stratus.ok("run tiny -n 3 --wait")
    (tmp_path / "ids").write_bytes(text.encode())
    said = old.ok(f"kill-instance -i {tmp_path}/ids")
    assert (said.out, said.err) == ("", "")
    assert living(stratus) == [2]


def test_a_file_stands_for_the_ids_that_were_typed(old, stratus, tmp_path):
    stratus.ok("run tiny -n 2 --wait")
    (tmp_path / "ids").write_text("2\n")
    assert "not those that were typed" in old.ok(f"kill-instance 1 --input {tmp_path}/ids").err
    assert living(stratus) == [1]


def test_what_run_wrote_kill_reads(old, stratus, tmp_path):
    old.ok(f"run-instance -q -n 3 -o {tmp_path}/ids tiny")
    old.ok(f"kill-instance -i {tmp_path}/ids")
    assert living(stratus) == []


def test_a_file_without_ids_ends_nothing(old, stratus, tmp_path):
    stratus.ok("run tiny --wait")
    (tmp_path / "ids").write_text("\n")
    assert old(f"kill-instance -i {tmp_path}/ids").status == 8
    assert old(f"kill-instance -i {tmp_path}/none").status == 3
    assert living(stratus) == [1]
