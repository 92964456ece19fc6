"""The audit in files: the contract, and what only files can meet."""

import json
import os
import stat
import subprocess
import sys

import pytest

from stratus.drivers.audit.files import FileAudit
from stratus.errors import Denied, NoCapacity, StratusError
from tests.drivers.audit.contract import NOON_S, AuditContract, line


@pytest.fixture
def audit(tmp_path):
    return FileAudit(str(tmp_path / "audit"))


class TestFileAudit(AuditContract):
    """The contract."""


def test_a_day_is_a_file_that_only_its_owner_reads(audit, tmp_path):
    audit.write(line(1), sync=True)
    (path,) = (tmp_path / "audit").iterdir()
    assert path.name == "2027-01-15.jsonl" and json.loads(path.read_text()) == line(1)
    assert [stat.S_IMODE(each.stat().st_mode) for each in (path, path.parent)] == [0o600, 0o700]


def test_the_half_of_a_line_is_the_only_one_that_is_lost(audit, tmp_path):
    audit.write(line(1), sync=True)
    (path,) = (tmp_path / "audit").iterdir()
    with path.open("a") as file:
        file.write('{"at_s": 1800014')
    audit.write(line(2), sync=True)
    assert list(audit.read()) == [line(2), line(1)]


@pytest.mark.parametrize("text", ["[]\n", "7\n", "{}\n", '{"at_s": "now"}\n', "\xff\n", "\n\n"])
def test_what_is_no_line_is_passed_over(audit, tmp_path, text):
    audit.write(line(1), sync=True)
    (path,) = (tmp_path / "audit").iterdir()
    with path.open("a", encoding="latin-1") as file:
        file.write(text)
    audit.write(line(2), sync=True)
    assert list(audit.read()) == [line(2), line(1)]


def test_files_that_are_not_ours_are_left_alone(audit, tmp_path):
    audit.write(line(1), sync=True)
    for name in ("notes.txt", "2001-01-01.jsonl.gz", "abcd-ef-gh.jsonl"):
        (tmp_path / "audit" / name).write_text("mine")
    assert list(audit.read()) == [line(1)] and audit.forget(NOON_S + 10 * 86400) == 1
    assert sorted(os.listdir(tmp_path / "audit")) == ["2001-01-01.jsonl.gz", "abcd-ef-gh.jsonl", "notes.txt"]


def test_many_processes_write_whole_lines(tmp_path):
    program = (
        "import sys; from stratus.drivers.audit.files import FileAudit\n"
        "audit = FileAudit(sys.argv[1])\n"
        "for n in range(100): audit.write({'at_s': 1800014400.0, 'who': sys.argv[2], 'n': n, 'x': 'y' * 3000}, sync=False)"
    )
    folder = str(tmp_path / "audit")
    running = [subprocess.Popen([sys.executable, "-c", program, folder, str(who)]) for who in range(4)]
    assert [each.wait(60) for each in running] == [0] * 4
    found = list(FileAudit(folder).read())
    assert len(found) == 400 and {(each["who"], each["n"]) for each in found} == {
        (str(who), n) for who in range(4) for n in range(100)
    }


def test_a_full_disk_is_told(tmp_path):
    (tmp_path / "audit").mkdir()
    os.symlink("/dev/full", tmp_path / "audit" / "2027-01-15.jsonl")
    with pytest.raises(NoCapacity, match="No space left") as told:
        FileAudit(str(tmp_path / "audit")).write(line(1), sync=False)
    assert told.value.hint.startswith("df -h ")


def test_a_folder_that_cannot_be_one_is_told(tmp_path):
    (tmp_path / "audit").write_text("a file")
    with pytest.raises(StratusError, match="cannot be written: Not a directory"):
        FileAudit(str(tmp_path / "audit")).write(line(1), sync=False)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody who may not")
def test_who_may_not_write_is_told(tmp_path):
    folder = tmp_path / "audit"
    program = (
        "import os, sys; from stratus.drivers.audit.files import FileAudit; from stratus.errors import Denied\n"
        "os.setuid(65534)\n"
        "try: FileAudit(sys.argv[1]).write({'at_s': 1.0}, sync=False)\n"
        "except Denied as error: print(error)"
    )
    folder.mkdir(mode=0o700)
    done = subprocess.run([sys.executable, "-c", program, str(folder)], capture_output=True, text=True, timeout=60)
    assert "cannot be written: Permission denied" in done.stdout
    assert Denied.status == 7
