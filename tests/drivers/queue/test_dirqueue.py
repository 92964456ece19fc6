import errno
import itertools
import os
import random
import signal
import stat
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from dirq.QueueSimple import QueueSimple

from stratus.drivers.queue.dirqueue import MAX_BYTES, DirQueue
from stratus.drivers.queue.holder import is_dead, new_holder, new_owner, owner_has_ended
from stratus.drivers.queue.refusals import explained
from stratus.errors import BadInput, Denied, NoCapacity, StratusError
from tests.drivers.queue.contract import Clock, QueueContract, drain

pytestmark = pytest.mark.slow

_ENV = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "queue"


@pytest.fixture
def queue(path: Path, clock: Clock) -> DirQueue:
    return DirQueue(path, stale_s=60, max_tries=3, clock=clock)


class TestDirQueue(QueueContract):
    pass


# --- the directory ---


def test_folders_and_files_are_the_owners_alone(tmp_path: Path) -> None:
    queue = DirQueue(tmp_path / "new" / "queue")
    name = queue.put(b"secret")

    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "new/queue").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "new/queue" / name).stat().st_mode) == 0o600


def test_the_elements_are_dirqs(queue: DirQueue, path: Path) -> None:
    queue.put(b"ours")
    foreign = QueueSimple(str(path))
    theirs = foreign.add(b"theirs")

    assert foreign.count() == 2
    assert [queue.claim().body, queue.claim().body] == [b"ours", b"theirs"]
    assert not foreign.lock(theirs)


def test_an_element_locked_by_another_dirq_program_is_left_to_it(queue: DirQueue, path: Path, clock: Clock) -> None:
    name = queue.put(b"1")
    QueueSimple(str(path)).lock(name)
    os.utime(path / f"{name}.lck", (clock(), clock()))

    assert queue.claim() is None
    clock.pass_s(61)
    assert queue.claim().name == name


def test_foreign_files_are_left_alone_and_told(queue: DirQueue, path: Path) -> None:
    name = queue.put(b"1")
    minute = (path / name).parent
    (minute / "README").write_text("hello")
    (minute / "0123456789abcd").mkdir()
    (minute / "0123456789abce").symlink_to("/etc/passwd")
    os.mkfifo(minute / "0123456789abcf")
    (path / "00000000").write_text("a file where a folder belongs")
    (path / "notes").mkdir()

    assert queue.bodies(limit=10) == [(name, b"1")]
    strays = queue.strays()
    assert drain(queue) == [b"1"]

    assert [why for _, why in strays] == ["it is no element"] * 6 and strays[0][0] == f"{path}/00000000"
    assert (minute / "README").read_text() == "hello"


def test_what_is_too_large_or_somebody_elses_is_never_read(queue: DirQueue, path: Path) -> None:
    large, foreign, good = (queue.put(body) for body in (b"", b"theirs", b"good"))
    os.truncate(path / large, 2**30)
    if os.geteuid() == 0:
        os.chown(path / foreign, 12345, 12345)
    else:
        os.truncate(path / foreign, MAX_BYTES + 1)

    assert queue.bodies(limit=10) == [(good, b"good")]
    assert queue.claim().name == good

    texts = [(path / "poison" / f"{name.replace('/', '-')}.reason").read_text() for name in (large, foreign)]
    assert "1073741824 bytes" in texts[0] and ("user 12345" in texts[1] or "bytes" in texts[1])
    assert [why for _, why in queue.strays()] == [f"it was given up: {text}" for text in texts]


def test_empty_minutes_are_tidied_away_but_for_the_newest(queue: DirQueue, path: Path) -> None:
    name = queue.put(b"1")
    for read in (lambda: queue.bodies(limit=10), queue.claim):
        (path / "00000000").mkdir()
        (path / "00000001").mkdir()
        assert read()
        assert sorted(path.glob("????????")) == [path / name[:8]]

    queue.remove(name)
    assert queue.bodies(limit=10) == []
    assert sorted(path.glob("????????")) == [path / name[:8]]


def test_minutes_that_vanish_at_any_moment_lose_nothing(path: Path) -> None:
    """A meddler removes every empty folder of the queue, over and over, while elements come and go."""
    queue = DirQueue(path, sync=lambda descriptor: None, archive_keep=0)
    stop, removed = threading.Event(), []

    def meddle() -> None:
        while not stop.is_set():
            for minute in path.glob("[0-9a-f]" * 8):
                try:
                    minute.rmdir()
                    removed.append(minute)
                except OSError:  # not empty
                    continue

    meddler = threading.Thread(target=meddle)
    meddler.start()
    try:
        for n in itertools.count():
            if n > 100 and len(removed) > 20:
                break
            name = queue.put(f"{n}".encode())
            assert queue.bodies(limit=2) == [(name, f"{n}".encode())]
            assert drain(queue) == [f"{n}".encode()]
    finally:
        stop.set()
        meddler.join(10)


@pytest.mark.parametrize(
    "name", ["", "..", "../../etc/passwd", "6929d0c0/../../../x", "6929d0c0/6929d0e3a1b2c4\n", "lock"]
)
def test_a_name_that_leads_elsewhere_is_refused(queue: DirQueue, name: str) -> None:
    with pytest.raises(BadInput):
        queue.remove(name)


def test_the_archive_keeps_the_last_finished_and_removed(path: Path) -> None:
    queue = DirQueue(path, archive_keep=3)
    for n in range(6):
        queue.put(f"{n}".encode())
    queue.remove(queue.bodies(limit=1)[0][0])
    drain(queue)

    assert [entry.read_bytes() for entry in sorted((path / "archive").iterdir())] == [b"3", b"4", b"5"]


def test_without_an_archive_nothing_is_kept(path: Path) -> None:
    queue = DirQueue(path, archive_keep=0)
    queue.put(b"1")
    drain(queue)

    assert list((path / "archive").iterdir()) == []


def test_what_is_finished_leaves_no_file_behind(queue: DirQueue, path: Path) -> None:
    for n in range(3):
        queue.put(f"{n}".encode())
    drain(queue)

    left = [entry for entry in path.rglob("*") if entry.is_file() and entry.parent.name != "archive"]
    assert [entry.name for entry in left] == ["lock"]


def test_opening_sweeps_up_what_the_killed_left(queue: DirQueue, path: Path, clock: Clock) -> None:
    name = queue.put(b"1")
    claim = queue.claim()
    minute = path / name[:8]
    os.link(path / name, minute / "00000000000000.lck")
    (path / "claims" / f"{name[:8]}-00000000000000").write_text("{}")
    for age_s, draft in ((7200, "old"), (10, "young")):
        (path / "aside" / draft).write_text("half")
        os.utime(path / "aside" / draft, (clock() - age_s, clock() - age_s))

    again = DirQueue(path, clock=clock)

    assert sorted(os.listdir(minute)) == [name[9:], f"{name[9:]}.lck"]
    assert os.listdir(path / "claims") == [name.replace("/", "-")]
    assert os.listdir(path / "aside") == ["young"]
    again.touch(claim)


@pytest.mark.parametrize("damage", [b"", b"{", b'{"tries": "many"}', b"[]", b"\xff\xfe"])
def test_a_damaged_record_delivers_anew(queue: DirQueue, path: Path, clock: Clock, damage: bytes) -> None:
    queue.put(b"1")
    queue.claim()
    (record,) = (path / "claims").iterdir()
    record.write_bytes(damage)

    assert queue.claim() is None
    clock.pass_s(61)
    assert queue.claim().body == b"1"


def test_a_poisoned_element_without_its_note_is_still_shown(queue: DirQueue, path: Path) -> None:
    queue.put(b"1")
    for _ in range(3):
        queue.release(queue.claim(), reason="no")
    (note,) = (path / "poison").glob("*.reason")
    note.unlink()

    assert [given_up.body for given_up in queue.poisoned()] == [b"1"]


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOSPC, NoCapacity),
        (errno.EDQUOT, NoCapacity),
        (errno.EACCES, Denied),
        (errno.EROFS, Denied),
        (errno.EIO, StratusError),
    ],
)
def test_a_refusal_of_the_disk_is_explained_and_nothing_half_stays(path: Path, number: int, kind) -> None:
    def refuse(descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    queue = DirQueue(path)
    queue.put(b"before")
    broken = DirQueue(path, sync=refuse)

    with pytest.raises(kind) as refusal:
        broken.put(b"lost")

    assert type(refusal.value) is kind
    assert refusal.value.hint
    assert os.listdir(path / "aside") == []
    assert drain(queue) == [b"before"]


def test_a_path_that_cannot_be_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(StratusError) as refusal:
        DirQueue(tmp_path / "file" / "queue")
    assert refusal.value.hint
    with pytest.raises(StratusError, match="no errno"), explained(tmp_path):
        raise OSError("no errno")
    with pytest.raises(NoCapacity), explained(tmp_path):  # as dirq tells it
        raise OSError("cannot mkdir(/x): [Errno 28] No space left on device: '/x'")


# --- what reaches the disk, and when ---


def test_put_syncs_the_body_before_it_has_a_name_and_the_folders_after(path: Path) -> None:
    seen: list[tuple[str, int]] = []

    def watch(descriptor: int) -> None:
        target = os.readlink(f"/proc/self/fd/{descriptor}")
        seen.append((os.path.relpath(target, path), len(list(path.glob("????????/??????????????")))))

    queue = DirQueue(path, sync=watch)
    seen.clear()

    name = queue.put(b"1")

    (draft, before), (minute, after), (top, _) = seen
    assert draft.startswith("aside/")
    assert (before, minute, after, top) == (0, name[:8], 1, ".")


def test_each_deed_has_its_number_of_syncs(path: Path, clock: Clock) -> None:
    syncs: list[int] = []
    queue = DirQueue(path, sync=syncs.append, clock=clock)

    def cost(deed) -> int:
        syncs.clear()
        deed()
        return len(syncs)

    assert cost(lambda: queue.put(b"1")) == 3
    assert cost(queue.claim) == 2
    assert cost(queue.claim) == 0
    clock.pass_s(61)
    claims = []
    assert cost(lambda: claims.append(queue.claim())) == 2
    assert cost(lambda: queue.touch(claims[0])) == 0
    assert cost(lambda: queue.finish(claims[0])) == 1
    assert cost(lambda: DirQueue(path, sync=syncs.append)) == 0


# --- who is alive ---


def test_a_running_process_is_not_dead_and_a_killed_one_is_at_once() -> None:
    mine = new_holder()
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as process:
        started = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[19]
        theirs = replace(mine, pid=process.pid, started=started)
        alive = is_dead(theirs)
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # killed, but not yet taken note of by us
        zombie = is_dead(theirs)
    gone = is_dead(theirs)

    assert (alive, zombie, gone) == (False, True, True)
    assert not is_dead(mine)


def test_a_number_that_was_given_to_another_process_is_dead() -> None:
    assert is_dead(replace(new_holder(), started="1"))


def test_nobody_survives_a_boot_of_this_machine() -> None:
    assert is_dead(replace(new_holder(), boot="another"))


def test_of_other_machines_and_containers_nothing_is_certain() -> None:
    assert not is_dead(replace(new_holder(), host="elsewhere", boot="another", pid=2**22 + 1))
    assert not is_dead(replace(new_holder(), pids="pid:[1]", pid=2**22 + 1))


def test_the_owner_of_a_lease_can_be_seen_to_have_ended() -> None:
    holder = new_holder()
    code = "from stratus.drivers.queue.holder import new_owner; print(new_owner())"
    with _python(code) as process:
        owner = process.communicate(timeout=30)[0].strip()

    assert owner_has_ended(owner)
    assert not owner_has_ended(new_owner()) and new_owner() != new_owner()
    assert f"/{holder.pid}/" in new_owner()
    for nobody in ("me", "", "a/b/c/d/e/f", "host:12:ab"):
        assert not owner_has_ended(nobody)


# --- many processes, and kills ---


def _python(code: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=_ENV)


_HOLD = """
import sys
from stratus.drivers.queue.dirqueue import DirQueue
claim = DirQueue(sys.argv[1]).claim()
print(claim.name, claim.tries, flush=True)
sys.stdin.read()
"""


def test_a_killed_consumer_frees_its_claim_at_once(path: Path) -> None:
    queue = DirQueue(path, max_tries=3)
    name = queue.put(b"1")

    for attempt in (1, 2, 3):
        with _python(_HOLD, path) as holder:
            assert holder.stdout.readline() == f"{name} {attempt}\n"
            assert queue.claim() is None
            holder.kill()

    spent = queue.claim()
    assert (spent.name, spent.body) == (name, b"1")
    assert f"process {holder.pid}" in spent.spent


_CONSUME = """
import sys
from stratus.drivers.queue.dirqueue import DirQueue
queue = DirQueue(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
while claim := queue.claim():
    queue.touch(claim)
    print(claim.body.decode(), flush=True)
    queue.finish(claim)
"""


def test_processes_share_the_work_and_each_element_goes_to_one(path: Path) -> None:
    queue = DirQueue(path)
    for n in range(90):
        queue.put(f"{n}".encode())
    consumers = [_python(_CONSUME, path) for _ in range(3)]
    for consumer in consumers:
        assert consumer.stdout.readline() == "ready\n"

    for consumer in consumers:
        consumer.stdin.write("go\n")
        consumer.stdin.flush()
    shares = [consumer.communicate(timeout=30)[0].split() for consumer in consumers]

    assert [consumer.returncode for consumer in consumers] == [0, 0, 0]
    assert sorted(int(number) for share in shares for number in share) == list(range(90))
    assert all(share == sorted(share, key=int) for share in shares)


_PUT = """
import itertools, sys
from stratus.drivers.queue.dirqueue import DirQueue
queue = DirQueue(sys.argv[1])
for n in itertools.count():
    name = queue.put(f"{n} ".encode() * 5000)
    print(name, n, flush=True)
"""


def test_a_killed_producer_loses_nothing_and_leaves_nothing_half(path: Path) -> None:
    queue, chance = DirQueue(path, archive_keep=0), random.Random(11)

    for _ in range(4):
        with _python(_PUT, path) as producer:
            lines = [producer.stdout.readline() for _ in range(chance.randrange(1, 60))]
            producer.send_signal(signal.SIGKILL)
            lines += [line for line in producer.stdout if line.endswith("\n")]
        confirmed = [(name, f"{n} ".encode() * 5000) for name, n in map(str.split, lines)]
        found = queue.bodies(limit=10_000)

        assert found[: len(confirmed)] == confirmed
        assert [body for _, body in found[len(confirmed) :]] in ([], [f"{len(confirmed)} ".encode() * 5000])
        assert len(drain(queue)) == len(found)


_SUICIDE = """
import itertools, os, signal, sys
from stratus.drivers.queue.dirqueue import DirQueue

def work(path, moment, tell):
    syncs = itertools.count(1)

    def sync(descriptor):
        if next(syncs) == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    DirQueue(path)
    queue = DirQueue(path, sync=sync, max_tries=2)
    for body in (b"one" * 1000, b"two" * 1000, b"bad" * 1000):
        tell("put", queue.put(body), body.decode())
    claim = queue.claim()
    tell("finishing", claim.name)
    queue.finish(claim)
    tell("finished", claim.name)
    for attempt in (1, 2, 1, 2):
        queue.release(queue.claim(), reason=f"failed {attempt}")
    tell("end")

for moment in range(1, 100):
    child = os.fork()
    if not child:
        log = os.open(f"{sys.argv[1]}/{moment}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        work(f"{sys.argv[1]}/{moment}", moment, lambda *words: os.write(log, (" ".join(words) + "\\n").encode()))
        os._exit(0)
    if os.waitpid(child, 0)[1] == 0:
        sys.exit(0)
"""


def test_a_kill_at_any_sync_loses_nothing_that_put_returned(tmp_path: Path) -> None:
    """A worker dies at its first, second, ... sync, until one comes through; after each the queue is whole."""
    with _python(_SUICIDE, tmp_path) as worker:
        assert worker.wait(60) == 0
    logs = sorted(tmp_path.glob("*.log"), key=lambda log: int(log.stem))
    for log in logs:
        path = log.with_suffix("")
        told = [line.split() for line in log.read_text().splitlines()]
        put = {words[1]: words[2].encode() for words in told if words[0] == "put"}
        maybe_done = {words[1] for words in told if words[0] == "finishing"}
        done = {words[1] for words in told if words[0] == "finished"}

        queue = DirQueue(path, max_tries=2)
        waiting, given_up = dict(queue.bodies(limit=10)), {p.name: p for p in queue.poisoned()}
        left = waiting | {name: poisoned.body for name, poisoned in given_up.items()}

        assert put.keys() - maybe_done <= left.keys() <= put.keys() - done | (left.keys() - put.keys())
        assert not waiting.keys() & given_up.keys()
        assert len(left.keys() - put.keys()) <= 1
        assert all(body in (b"one" * 1000, b"two" * 1000, b"bad" * 1000) for body in left.values())
        assert all(p.reason == "failed 2" or "fell silent" in p.reason for p in given_up.values())
        claimed = drain(queue)
        assert sorted([*claimed, *(p.body for p in queue.poisoned())]) == sorted(left.values())
        assert not list(path.glob("????????/*")) and not list((path / "claims").iterdir())

    assert len(logs) > 15
    assert told[-1] == ["end"]
    assert [p.reason for p in given_up.values()] == ["failed 2", "failed 2"]


def test_what_is_no_element_is_named_and_left_alone(tmp_path: Path) -> None:
    queue = DirQueue(tmp_path)
    minute = Path(queue.put(b"order")).parent
    for name in ("README", f"{minute}/note~", "poison/README"):
        (tmp_path / name).write_text("x")
    poison = tmp_path / "poison" / "6929d0c0-6929d0e3a1b2c4"
    poison.write_text("{}")
    poison.with_suffix(".reason").write_text("it crashed")

    assert queue.strays() == sorted(
        [
            (str(tmp_path / "README"), "it is no element"),
            (str(tmp_path / minute / "note~"), "it is no element"),
            (str(tmp_path / "poison" / "README"), "it is no element"),
            (str(poison), "it was given up: it crashed"),
        ]
    )
    assert DirQueue(tmp_path).strays() == queue.strays()
