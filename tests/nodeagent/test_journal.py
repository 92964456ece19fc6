"""The journal, also after the power was cut."""

import errno
import os
from pathlib import Path

import pytest

from stratus.errors import BadInput
from stratus.model.order import Fault, Report, StepTiming
from stratus.nodeagent import journal as subject
from stratus.nodeagent.journal import Journal, Past, Seen
from stratus.nodeagent.life import boot_id

ORDER = "000000000001-7"
NONE = Seen(0, 0, "")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "journal"


@pytest.fixture
def journal(folder):
    return Journal(str(folder))


def timing(title="clone the image", outcome="did"):
    return StepTiming(title, outcome, 10.0, 0.5, (("cp", "a", "b"),))


def report(order_id=ORDER, fault=None):
    return Report(order_id, 7, 2, fault, (timing(),), 11.0)


def test_what_was_written_is_what_the_next_life_reads(journal, folder):
    journal.begin(ORDER, 0)
    journal.finish(ORDER, 0, timing())
    journal.begin(ORDER, 1)
    past = Journal(str(folder)).past(ORDER)
    assert past.finished == {0: timing()}
    assert past.begun == {0, 1}
    assert past.fault is None


def test_the_reason_of_an_undo_survives_the_agent(journal, folder):
    journal.begin(ORDER, 0)
    journal.undo(ORDER, Fault("NoCapacity", "the disk is full", "df -h"), timing(outcome="failed"))
    past = Journal(str(folder)).past(ORDER)
    assert past.fault == Fault("NoCapacity", "the disk is full", "df -h")
    assert past.failed == timing(outcome="failed")


def test_an_order_of_which_nothing_was_written_has_no_past(journal):
    past = journal.past(ORDER)
    assert (past.finished, past.begun, past.fault) == ({}, frozenset(), None)


@pytest.mark.parametrize("cut", [1, 2, 10, 40])
def test_a_line_that_the_power_cut_off_does_not_count_and_is_not_glued_to_the_next(journal, folder, cut):
    journal.begin(ORDER, 0)
    journal.finish(ORDER, 0, timing())
    path = folder / "open" / ORDER
    path.write_bytes(path.read_bytes()[:-cut])
    again = Journal(str(folder))
    assert again.past(ORDER) == Past({}, frozenset({0}))
    again.begin(ORDER, 0)
    again.finish(ORDER, 0, timing())
    assert again.past(ORDER) == Past({0: timing()}, frozenset({0}))


def test_a_line_that_a_full_disk_cut_off_is_not_glued_to_the_next_one_of_the_same_life(folder):
    full = [True]

    def sync(descriptor):
        if full and os.readlink(f"/proc/self/fd/{descriptor}").endswith(ORDER):
            os.truncate(descriptor, os.fstat(descriptor).st_size - 3)
            raise OSError(errno.ENOSPC, "No space left on device")

    journal = Journal(str(folder), sync=sync)
    with pytest.raises(OSError, match="No space"):
        journal.begin(ORDER, 0)
    full.clear()
    journal.begin(ORDER, 0)
    journal.finish(ORDER, 0, timing())
    journal.begin(ORDER, 1)
    assert Journal(str(folder)).past(ORDER).begun == {0, 1}


def test_an_order_costs_one_file_and_a_sync_for_each_step_that_is_done(folder):
    synced = []
    journal = Journal(str(folder), sync=lambda descriptor: synced.append(os.readlink(f"/proc/self/fd/{descriptor}")))
    synced.clear()
    for step in range(9):
        journal.begin(ORDER, step)
        journal.finish(ORDER, step, timing())
    assert synced.count(str(folder / "open" / ORDER)) == 9
    assert synced.count(str(folder / "open")) == 1
    assert [path.resolve() for path in Path("/proc/self/fd").iterdir()].count(folder / "open" / ORDER) == 1
    journal.end(report())
    assert folder / "open" / ORDER not in [path.resolve() for path in Path("/proc/self/fd").iterdir()]


def test_the_name_of_a_journal_is_synced_though_its_maker_was_killed_before(folder):
    synced = []
    journal = Journal(str(folder), sync=lambda descriptor: synced.append(os.readlink(f"/proc/self/fd/{descriptor}")))
    (folder / "open" / ORDER).touch()
    synced.clear()
    journal.begin(ORDER, 0)
    assert str(folder / "open") in synced


@pytest.mark.parametrize("hole", [1, 30, 100])
def test_what_a_power_cut_left_between_two_lines_is_torn_with_all_that_follows(journal, folder, hole):
    journal.begin(ORDER, 0)
    path = folder / "open" / ORDER
    sure = path.stat().st_size
    journal.finish(ORDER, 0, timing())
    journal.begin(ORDER, 1)
    content = path.read_bytes()
    path.write_bytes(content[: sure + 5] + bytes(hole) + content[sure + 5 + hole :])
    again = Journal(str(folder))
    assert again.past(ORDER) == Past({}, frozenset({0}))
    again.finish(ORDER, 0, timing())
    assert path.read_bytes().count(b"\n") == 2
    assert again.past(ORDER).finished == {0: timing()}


def test_a_file_of_nothing_but_a_torn_line_is_begun_anew(journal, folder):
    (folder / "open" / ORDER).write_bytes(b'{"event": "beg')
    journal.begin(ORDER, 3)
    assert journal.past(ORDER).begun == {3}


def test_an_ended_order_is_answered_and_its_journal_is_gone(journal, folder):
    journal.begin(ORDER, 0)
    assert journal.ended(ORDER) is None
    journal.end(report())
    assert journal.ended(ORDER) == report()
    assert os.listdir(folder / "open") == []


def test_the_report_is_kept_before_the_journal_goes(journal, folder):
    journal.begin(ORDER, 0)
    (folder / "ended").rmdir()
    with pytest.raises(FileNotFoundError):
        journal.end(report())
    assert journal.past(ORDER).begun == {0}


def test_the_highest_generation_is_remembered_with_its_order(journal, folder):
    assert journal.seen(7) == NONE
    journal.saw(7, Seen(2, 3, ORDER))
    assert Journal(str(folder)).seen(7) == Seen(2, 3, ORDER)


def test_what_was_written_before_epochs_were_counted_belongs_to_the_first(journal, folder):
    (folder / "seen" / "7").write_text(f"3 {ORDER}\n")
    assert journal.seen(7) == Seen(1, 3, ORDER)


@pytest.mark.parametrize("name", ["", "../x", "a/b", "a b", "a\0b", ".hidden"])
def test_an_id_that_could_lead_elsewhere_is_refused(journal, name):
    with pytest.raises(BadInput, match="is no order id"):
        journal.begin(name, 0)


def test_only_the_newest_reports_are_kept_and_nothing_that_is_being_written_is_touched(journal, folder):
    journal.end(report("000000000001-1"))
    body = (folder / "ended" / "000000000001-1").read_bytes()
    for number in range(2, subject.KEPT_REPORTS + 4):
        (folder / "ended" / f"{number:012d}-1").write_bytes(body)
    aside = folder / "ended" / ".000000000001-9.new"
    aside.write_bytes(b"half")
    journal.prune(0.0)
    kept = sorted(path.name for path in (folder / "ended").iterdir() if path != aside)
    assert len(kept) == subject.KEPT_REPORTS
    assert kept[0] == "000000000004-1"
    assert aside.exists()


def test_generations_that_were_not_touched_for_long_are_forgotten(journal, folder):
    journal.saw(1, Seen(1, 3, ORDER))
    journal.saw(2, Seen(1, 3, ORDER))
    now = os.stat(folder / "seen" / "2").st_mtime
    os.utime(folder / "seen" / "1", (0, now - subject.KEPT_GENERATIONS_S - 1))
    journal.prune(now)
    assert journal.seen(1) == NONE
    assert journal.seen(2) == Seen(1, 3, ORDER)


def test_what_was_done_before_the_machine_was_started_anew_is_done_again(folder):
    before = Journal(str(folder), boot=lambda: "one")
    before.begin(ORDER, 0)
    before.finish(ORDER, 0, timing())
    before.begin(ORDER, 1)
    assert Journal(str(folder), boot=lambda: "one").past(ORDER).finished == {0: timing()}
    after = Journal(str(folder), boot=lambda: "two").past(ORDER)
    assert (after.finished, after.begun) == ({}, {0, 1})


def test_the_journal_of_an_order_that_has_ended_is_tidied_away(journal, folder):
    journal.begin(ORDER, 0)
    left = (folder / "open" / ORDER).read_bytes()
    journal.end(report())
    (folder / "open" / ORDER).write_bytes(left)  # the agent was killed between the two
    journal.prune(0.0)
    assert list((folder / "open").iterdir()) == []


def test_a_container_that_is_started_anew_is_another_life_though_its_kernel_is_the_same() -> None:
    assert Journal.__init__.__kwdefaults__["boot"] is boot_id
