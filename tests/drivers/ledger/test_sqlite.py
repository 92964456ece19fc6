import multiprocessing
import os
import random
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from stratus.drivers.ledger.protocol import Changes, Delete, Put
from stratus.drivers.ledger.sqlite import SqliteLedger
from stratus.drivers.ledger.sqlite_file import SCHEMA_VERSION, explain
from stratus.drivers.ledger.sqlite_rows import find_statement
from stratus.errors import (
    BadInput,
    ConfigError,
    DeadlineExceeded,
    Denied,
    LedgerConflict,
    NoCapacity,
    StratusError,
)
from tests.drivers.ledger.contract import Clock, LedgerContract, count_one, has_ended, in_threads, put

pytestmark = pytest.mark.slow


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


@pytest.fixture
def ledger(path: Path, clock: Clock) -> Iterator[SqliteLedger]:
    ledger = SqliteLedger(path, clock=clock, has_ended=has_ended)
    yield ledger
    ledger.close()


@pytest.fixture
def short(path: Path) -> Iterator[SqliteLedger]:
    ledger = SqliteLedger(path, history=3)
    yield ledger
    ledger.close()


class TestSqliteLedger(LedgerContract):
    pass


# --- the file ---


def test_a_missing_file_is_made_with_its_folders_for_the_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "state" / "front end?#%" / "ledger.sqlite"

    with closing(SqliteLedger(path)) as ledger:
        ledger.commit([put("1")])
        modes = {entry.name: stat.S_IMODE(entry.stat().st_mode) for entry in path.parent.iterdir()}

    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert set(modes.values()) == {0o600}
    assert [entry.name for entry in path.parent.iterdir()] == ["ledger.sqlite"]


def test_what_was_committed_is_there_when_opened_again(path: Path) -> None:
    with closing(SqliteLedger(path)) as ledger:
        ledger.commit([put("1", owner="alice"), put("2")])
        revision = ledger.commit([Delete("instance", "2")])
        lease = ledger.acquire("dispatch", "a", 1000)

    with closing(SqliteLedger(path)) as ledger:
        assert [document.key for document in ledger.find("instance", where={"owner": "alice"})] == ["1"]
        assert ledger.changes(revision - 1).keys == (("instance", "2"),)
        assert ledger.commit([put("3")], fence=lease) == revision + 1


def test_two_ledgers_on_one_file_see_each_other(path: Path) -> None:
    with closing(SqliteLedger(path)) as one, closing(SqliteLedger(path)) as other:
        revision = one.commit([put("1")])

        assert other.changes(0, timeout_s=10).revision == revision
        with pytest.raises(LedgerConflict):
            other.commit([put("1", expect=0)])


def test_commits_are_synced_and_the_log_is_written_ahead(ledger: SqliteLedger) -> None:
    with ledger._connection() as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)


def test_a_backup_that_lost_the_mode_gets_it_back(path: Path, tmp_path: Path) -> None:
    with closing(SqliteLedger(path)) as ledger:
        ledger.commit([put("1")])
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("VACUUM INTO ?", (str(tmp_path / "backup"),))

    with closing(SqliteLedger(tmp_path / "backup")) as ledger, ledger._connection() as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert ledger.get("instance", "1") is not None


def test_opening_a_current_ledger_costs_a_few_statements(path: Path) -> None:
    with closing(SqliteLedger(path)):
        pass
    before = path.read_bytes()

    with closing(SqliteLedger(path)):
        pass

    assert path.read_bytes() == before


def test_connections_are_kept_and_given_back(ledger: SqliteLedger) -> None:
    in_threads(4, lambda n: [ledger.commit([put(f"{n}")]) for _ in range(5)])
    for _ in range(10):
        ledger.find("instance")

    assert 1 <= len(ledger._idle) <= 4


def test_a_newer_file_is_refused(path: Path) -> None:
    with closing(SqliteLedger(path)):
        pass
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("UPDATE meta SET value = ? WHERE name = 'schema'", (SCHEMA_VERSION + 1,))

    with pytest.raises(ConfigError, match="newer stratus") as refusal:
        SqliteLedger(path)
    assert "upgrade" in refusal.value.hint


@pytest.mark.parametrize(
    "content",
    [b"", b"[frontend]\nhost = here\n" * 100, b"SQLite format 3\0" + b"\xff" * 5000],
    ids=["empty", "text", "torn"],
)
def test_a_file_that_is_no_ledger_gives_a_clear_error(path: Path, content: bytes) -> None:
    path.write_bytes(content)

    with pytest.raises(StratusError, match=r"damaged|not a stratus ledger") as refusal:
        SqliteLedger(path)

    assert refusal.value.hint
    assert path.read_bytes() == content


def test_somebody_elses_database_is_refused(path: Path) -> None:
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("CREATE TABLE meta (name TEXT, value TEXT)")

    with pytest.raises(ConfigError, match="not a stratus ledger"):
        SqliteLedger(path)


def test_a_file_damaged_anywhere_gives_documents_or_a_clear_error(path: Path) -> None:
    with closing(SqliteLedger(path)) as ledger:
        ledger.commit([put(f"{n:04}", body={"text": "x" * 300}, owner="alice") for n in range(200)])
    whole, chance, errors = path.read_bytes(), random.Random(5), 0

    for _ in range(60):
        damaged = bytearray(whole)
        at = chance.randrange(len(whole))
        damaged[at : at + 600] = chance.randbytes(600)
        path.write_bytes(damaged[: len(whole)])
        try:
            with closing(SqliteLedger(path)) as ledger:
                ledger.find("instance")
                ledger.find("instance", where={"owner": "alice"})
                ledger.commit([put("0100", body={"text": "y" * 300})])
        except StratusError as error:
            errors += 1
            assert "xxx" not in error.message
            assert error.hint
        for extra in path.parent.glob("ledger.sqlite-*"):
            extra.unlink()

    assert errors > 10


def test_a_ledger_locked_by_another_gives_up_in_time(path: Path) -> None:
    with closing(SqliteLedger(path, busy_timeout_s=0.05)) as ledger, closing(sqlite3.connect(path)) as other:
        ledger.commit([put("1")])
        other.execute("BEGIN IMMEDIATE")

        with pytest.raises(DeadlineExceeded, match="locked") as gave_up:
            ledger.commit([put("1", body={"n": 2})])

        assert "fuser" in gave_up.value.hint
        assert ledger.get("instance", "1").body == {"key": "1"}
        other.rollback()
        ledger.commit([put("1", body={"n": 2})])


def test_a_full_disk_is_no_capacity_and_leaves_no_trace(ledger: SqliteLedger) -> None:
    ledger.commit([put("1")])
    with ledger._connection() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")

    with pytest.raises(NoCapacity, match="space"):
        ledger.commit([put("1", body={"n": 2}), put("2", body={"text": "x" * 100_000})])

    assert ledger.get("instance", "1").body == {"key": "1"}
    assert ledger.get("instance", "2") is None


def test_an_interrupted_commit_is_undone_and_the_ledger_goes_on(path: Path, clock: Clock) -> None:
    interrupted = False

    def now() -> float:
        if interrupted:
            raise KeyboardInterrupt
        return clock()

    with closing(SqliteLedger(path, clock=now)) as ledger:
        lease = ledger.acquire("dispatch", "a", 10)
        interrupted = True
        with pytest.raises(KeyboardInterrupt):
            ledger.commit([put("1")], fence=lease)
        interrupted = False

        assert ledger.find("instance") == []
        ledger.commit([put("2")], fence=lease)


def test_a_file_that_may_not_be_written_is_denied(path: Path) -> None:
    with closing(SqliteLedger(path)) as ledger:
        ledger.commit([put("1")])
        with ledger._connection() as connection:
            connection.execute("PRAGMA query_only = 1")

        with pytest.raises(Denied, match="cannot be written"):
            ledger.commit([put("2")])


def test_a_path_that_cannot_be_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    for path in (tmp_path / "file" / "ledger.sqlite", Path("/proc/nowhere/ledger.sqlite")):
        with pytest.raises(StratusError) as refusal:
            SqliteLedger(path)
        assert refusal.value.hint
    with pytest.raises(Denied):
        SqliteLedger(tmp_path)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (sqlite3.SQLITE_BUSY_SNAPSHOT, DeadlineExceeded),
        (sqlite3.SQLITE_LOCKED, DeadlineExceeded),
        (sqlite3.SQLITE_FULL, NoCapacity),
        (sqlite3.SQLITE_READONLY_DIRECTORY, Denied),
        (sqlite3.SQLITE_CANTOPEN, Denied),
        (sqlite3.SQLITE_CORRUPT_VTAB, StratusError),
        (sqlite3.SQLITE_NOTADB, StratusError),
        (sqlite3.SQLITE_IOERR_FSYNC, StratusError),
        (sqlite3.SQLITE_TOOBIG, BadInput),
        (sqlite3.SQLITE_ERROR, StratusError),
    ],
)
def test_each_failure_of_the_file_has_its_kind(code: int, kind: type[StratusError]) -> None:
    error = sqlite3.OperationalError("told by sqlite")
    error.sqlite_errorcode = code

    explained = explain(error, Path("/state/ledger.sqlite"))

    assert type(explained) is kind
    assert explained.hint or code in (sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_ERROR)


def test_a_closed_ledger_says_so(path: Path) -> None:
    ledger = SqliteLedger(path)
    ledger.close()
    ledger.close()

    with pytest.raises(StratusError, match="closed"):
        ledger.get("instance", "1")


# --- cost ---


def _steps(path: Path, where: dict[str, str], after: str = "", limit: int | None = None) -> tuple[int, int]:
    """How many steps of SQLite's machine a listing takes, and how many documents it gives."""
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    with closing(sqlite3.connect(path)) as raw:
        raw.set_progress_handler(count, 1)
        found = raw.execute(*find_statement("instance", where, after, limit)).fetchall()
    return steps, len(found)


def test_fifty_thousand_archived_instances_do_not_slow_a_listing_of_twenty(ledger: SqliteLedger, path: Path) -> None:
    ledger.commit([put(f"{n:05}", owner="alice" if n % 2 else "bob", state="running") for n in range(20)])
    listings = ({}, {"owner": "alice"}, {"owner": "alice", "state": "running"})
    before = [_steps(path, where) for where in listings]

    ledger.commit([Put("archive", f"{n:06}", {"n": n}, index={"owner": "alice"}) for n in range(50_000)])

    assert [_steps(path, where) for where in listings] == before
    assert [found for _, found in before] == [20, 10, 10]


def test_a_page_costs_the_same_wherever_it_is(ledger: SqliteLedger, path: Path) -> None:
    ledger.commit([put(f"{n:05}", owner="alice") for n in range(2_000)])

    for where in ({}, {"owner": "alice"}):
        assert _steps(path, where, limit=10) == _steps(path, where, after="01899", limit=10)
        assert _steps(path, where, limit=10)[0] < 300


@pytest.mark.parametrize(
    "where", [{}, {"owner": "a"}, {"owner": "a", "state": "b"}, {"owner": "a", "x": "b", "y": "c"}]
)
def test_no_listing_scans_or_sorts(ledger: SqliteLedger, path: Path, where: dict[str, str]) -> None:
    statement, values = find_statement("instance", where, "5", 10)

    with closing(sqlite3.connect(path)) as raw:
        plan = [row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {statement}", values)]

    assert len(plan) == (len(where) + 1 if where else 1)
    assert all((line.startswith("SEARCH") and "INDEX" in line) or "PRIMARY KEY" in line for line in plan), plan


def test_a_commit_takes_a_fixed_number_of_statements_per_document(ledger: SqliteLedger) -> None:
    def cost(count: int) -> int:
        statements: list[str] = []
        with ledger._connection() as connection:
            connection.set_trace_callback(statements.append)
        ledger.commit([put(f"{n}", owner="alice") for n in range(count)])
        with ledger._connection() as connection:
            connection.set_trace_callback(None)
        return len(statements)

    one, two, ten = cost(1), cost(2), cost(10)

    assert ten - two == 8 * (two - one)
    assert two - one <= 5


# --- many processes ---

_spawn = multiprocessing.get_context("spawn")


def _count(path: Path, times: int) -> None:
    with closing(SqliteLedger(path)) as ledger:
        for _ in range(times):
            count_one(ledger)


def _create(path: Path, number: int, names: int) -> None:
    """Try to be the first under each name; each attempt opens the file anew, as commands do."""
    for name in range(names):
        with closing(SqliteLedger(path)) as ledger:
            try:
                ledger.commit([put(f"{name}", expect=0, body={"by": number}), put(f"{name} of {number}", kind="won")])
            except LedgerConflict:
                continue


def _in_processes(work, *arguments: tuple) -> list[int | None]:
    processes = [_spawn.Process(target=work, args=each) for each in arguments]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    return [process.exitcode for process in processes]


def test_processes_that_count_by_compare_and_set_lose_nothing(path: Path) -> None:
    with closing(SqliteLedger(path)) as ledger:
        ledger.commit([put("n", body={"n": 0})])

        assert _in_processes(_count, *[(path, 15)] * 3) == [0, 0, 0]
        assert ledger.get("instance", "n").body == {"n": 45}


def test_processes_that_create_the_same_have_one_winner_each_time_also_of_the_file(path: Path) -> None:
    assert _in_processes(_create, *[(path, number, 20) for number in range(3)]) == [0, 0, 0]

    with closing(SqliteLedger(path)) as ledger:
        winners = {document.key: document.body["by"] for document in ledger.find("instance")}
        assert sorted(winners) == sorted(f"{name}" for name in range(20))
        assert {won.key for won in ledger.find("won")} == {f"{name} of {by}" for name, by in winners.items()}
    assert [entry.name for entry in path.parent.iterdir()] == ["ledger.sqlite"]


_WRITER = """
import sys
import threading
from stratus.drivers.ledger.protocol import Changes, Delete, Put
from stratus.drivers.ledger.sqlite import SqliteLedger

ledger = SqliteLedger(sys.argv[1])
found = ledger.get("pair", "a")
n = found.body["n"] if found else 0
while True:
    n += 1
    pair = [Put("pair", key, {"n": n, "text": key * 3000}, index={"n": str(n)}) for key in "ab"]
    ledger.commit([*pair, Put("trail", f"{n:06}", {}, expect=0), Delete("trail", f"{n - 20:06}")])
    print(n, flush=True)
"""


def test_a_writer_killed_in_the_middle_of_commits_leaves_a_consistent_file(path: Path) -> None:
    chance, confirmed = random.Random(20), 0

    for _ in range(8):
        with subprocess.Popen([sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE, env=_ENV) as writer:
            for _ in range(chance.randrange(1, 120)):
                confirmed = int(writer.stdout.readline())
            writer.send_signal(signal.SIGKILL)
            confirmed = max([confirmed, *(int(line) for line in writer.stdout if line.endswith(b"\n"))])

        with closing(SqliteLedger(path)) as ledger:
            a, b = ledger.find("pair")
            trail = [int(document.key) for document in ledger.find("trail")]
            assert a.body["n"] == b.body["n"] == trail[-1]
            assert confirmed <= a.body["n"] <= confirmed + 1
            assert [d.key for d in ledger.find("pair", where={"n": str(a.body["n"])})] == ["a", "b"]
            assert trail == list(range(max(1, trail[-1] - 19), trail[-1] + 1))
        with closing(sqlite3.connect(path)) as raw:
            assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)


_ENV = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}


# --- waiting for changes ---


def waiting(ledger: SqliteLedger, found: list[Changes]) -> threading.Thread:
    """A thread that waits for what comes after the last commit; the bell hangs when this returns."""
    since, hung = ledger.revision(), ledger._watch.count()
    assert hung >= 0
    thread = threading.Thread(target=lambda: found.append(ledger.changes(since, timeout_s=60)))
    thread.start()
    return thread


@pytest.mark.parametrize("way", ["another process's", "this process's"])
def test_who_waits_is_woken_by_a_commit_and_need_not_look_again(path: Path, way: str) -> None:
    found: list[Changes] = []
    with closing(SqliteLedger(path, look_again_s=60)) as ledger, closing(SqliteLedger(path)) as other:
        thread = waiting(ledger, found)
        (other if way == "another process's" else ledger).commit([put("1")])
        thread.join(20)
        assert [changes.keys for changes in found] == [(("instance", "1"),)]


def test_closing_wakes_who_waits_and_leaves_no_socket(path: Path) -> None:
    found: list[Changes] = []
    ledger = SqliteLedger(path, look_again_s=60)
    thread = waiting(ledger, found)
    ledger.close()
    thread.join(20)
    assert [changes.keys for changes in found] == [()]
    assert list(path.with_name(f"{path.name}-bells").iterdir()) == []


def test_where_no_bell_can_be_hung_changes_are_found_by_looking(path: Path) -> None:
    found: list[Changes] = []
    with closing(SqliteLedger(path, look_again_s=60)) as ledger, closing(SqliteLedger(path)) as other:
        path.with_name(f"{path.name}-bells").write_text("not a folder")
        thread = waiting(ledger, found)
        other.commit([put("1")])
        thread.join(20)
        assert len(found[0].keys) == 1


def test_who_only_reads_hangs_no_bell(path: Path) -> None:
    with closing(SqliteLedger(path)) as ledger:
        ledger.commit([put("1")])
        with closing(SqliteLedger(path, read_only=True)) as reader:
            assert reader.changes(1, timeout_s=0.01).keys == ()
    assert not path.with_name(f"{path.name}-bells").exists()
