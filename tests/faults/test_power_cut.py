"""The power is cut at each change of a file: what was acknowledged is there, and nothing half-written is believed.

Each part runs in a process under the shim, and acknowledges with `mark`; then it is opened on what the disk holds.
"""

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from stratus.drivers.images.directory import DirectoryImageStore
from stratus.drivers.ledger.sqlite import SqliteLedger
from stratus.drivers.queue.dirqueue import DirQueue
from stratus.nodeagent.holding import Holding
from stratus.nodeagent.journal import Journal
from stratus.nodeagent.worker import Worker
from tests.faults.disk_site import AtOnce
from tests.faults.tape import cuts
from tests.model import samples
from tests.nodeagent.machine import Machine

pytestmark = pytest.mark.slow
SEED = 11
BEGIN = "import sys; from pathlib import Path; from tests.faults.tape import mark; root = Path(sys.argv[1])\n"


@pytest.fixture
def root(in_memory: Path) -> Path:
    folder = in_memory / "root"
    folder.mkdir()
    return folder


def after_cuts(root: Path, script: str, *, partly: int = 2) -> Iterator[tuple[str, list[str], Path]]:
    yield from cuts(root, BEGIN + script, chance=random.Random(SEED), partly=partly)


LEDGER = """
from stratus.drivers.ledger.protocol import Delete, Put
from stratus.drivers.ledger.sqlite import SqliteLedger
ledger = SqliteLedger(root / "frontend" / "ledger.sqlite")
mark(root, "made")
for number in range(8):
    body = {"number": number, "text": "x" * 3000}
    ledger.commit([Put("left", str(number), body), Put("right", str(number), body), *[Delete("left", "0")] * (number == 5)])
    mark(root, str(number))
"""


def test_each_commit_that_returned_is_in_the_ledger_whole_and_no_other_is_there_by_half(root):
    for cut, marks, disk in after_cuts(root, LEDGER):
        if not marks:
            continue
        ledger = SqliteLedger(disk / "frontend" / "ledger.sqlite")
        left, right = ({document.key for document in ledger.find(kind)} for kind in ("left", "right"))
        ledger.close()
        acknowledged = {name for name in marks if name.isdigit()}
        assert acknowledged <= right, cut
        assert len(right - acknowledged) <= 1 and left == (right - {"0"} if "5" in right else right), cut


ORDERS = """
import json
from stratus.drivers.queue.dirqueue import DirQueue
queue = DirQueue(root / "inbox", archive_keep=0)
for number in range(4):
    queue.put(json.dumps({"order": number, "text": "x" * 600}).encode())
    mark(root, str(number))
for number in range(2):
    queue.finish(queue.claim())
    mark(root, f"finished-{number}")
queue.release(queue.claim(), reason="no")
(name, body), *others = queue.bodies(limit=9)
queue.remove(name)
mark(root, "finished-2")
"""


def test_an_order_that_was_accepted_is_in_the_inbox_and_none_is_there_by_half(root):
    for cut, marks, disk in after_cuts(root, ORDERS):
        queue = DirQueue(disk / "inbox", archive_keep=0)
        found = []
        while claim := queue.claim():
            body = json.loads(claim.body)
            assert body["text"] == "x" * 600, cut
            found.append(body["order"])
        accepted = {int(name) for name in marks if name.isdigit()}
        # What is about to be finished may be gone before that is acknowledged.
        begun = {number for number in range(3) if number == 0 or f"finished-{number - 1}" in marks}
        assert accepted - begun <= set(found) and len(found) == len(set(found)), cut
        assert not {number for number in range(3) if f"finished-{number}" in marks} & set(found), cut
        assert queue.poisoned() == [], cut


JOURNAL = """
from stratus.model.order import Fault, Report, StepTiming
from stratus.nodeagent.journal import Journal, Seen
journal, order = Journal(str(root / "journal")), "000000000001-7"
timing = StepTiming("clone the image", "did", 10.0, 0.5, (("cp", "a", "b"),))
def done(name, deed, *args):
    deed(*args)
    mark(root, name)
done("saw", journal.saw, 7, Seen(1, 3, order))
for step in range(3):
    done(f"begun-{step}", journal.begin, order, step)
    done(f"finished-{step}", journal.finish, order, step, timing)
done("undo", journal.undo, order, Fault("StratusError", "why"), timing)
done("end", journal.end, Report(order, 7, 3, None, (timing,), 11.0))
done("saw-again", journal.saw, 7, Seen(1, 4, "000000000002-7"))
"""


def test_what_the_journal_took_down_is_known_again_and_a_torn_line_is_nothing(root):
    for cut, marks, disk in after_cuts(root, JOURNAL):
        journal = Journal(str(disk / "journal"))
        journal.prune(0.0)
        past, ended = journal.past("000000000001-7"), journal.ended("000000000001-7")
        assert journal.seen(7).generation >= (4 if "saw-again" in marks else 3 if "saw" in marks else 0), cut
        assert ended is not None or "end" not in marks, cut
        if ended is None:
            assert {n for n in range(3) if f"begun-{n}" in marks} <= past.begun, cut
            # What was finished is written with what is begun next.
            assert {n for n in range(2) if f"begun-{n + 1}" in marks} <= past.finished.keys(), cut
            assert past.fault is not None or "undo" not in marks, cut
        else:
            assert past.begun == frozenset(), cut


WORK = """
import json
from stratus.drivers.queue.dirqueue import DirQueue
from stratus.model.codec import encode
from stratus.nodeagent.journal import Journal
from stratus.nodeagent.worker import Worker
from tests.faults.disk_site import AtOnce
from tests.model import samples
from tests.nodeagent.machine import Machine
inbox, outbox = (DirQueue(root / name, archive_keep=0) for name in ("inbox", "outbox"))
inbox.put(json.dumps(encode(samples.order())).encode())
mark(root, "accepted")
Worker(inbox, outbox, Journal(str(root / "journal"), boot=lambda: "before"), Machine().doors(), pool=AtOnce).work(lambda: True)
mark(root, "reported")
for name, _ in outbox.bodies(limit=9):
    outbox.remove(name)
mark(root, "forgotten")
"""


def test_an_accepted_order_ends_in_one_report_until_that_was_saved(root):
    for cut, marks, disk in after_cuts(root, WORK, partly=1):
        inbox, outbox = (DirQueue(disk / name, archive_keep=0) for name in ("inbox", "outbox"))
        journal = Journal(str(disk / "journal"), boot=lambda: "after")
        Worker(inbox, outbox, journal, Machine().doors(), pool=AtOnce).work(lambda: True)
        reports = [json.loads(body) for _, body in outbox.bodies(limit=9)]
        assert all(report["fault"] is None for report in reports), cut
        assert (
            {report["order_id"] for report in reports} == {samples.order().id}
            or "accepted" not in marks
            or (reports == [] and "reported" in marks)
        ), cut
        assert inbox.bodies(limit=9) == inbox.poisoned() == outbox.poisoned() == [], cut
        assert list((disk / "journal" / "open").iterdir()) == [], cut


def test_a_queue_that_does_not_sync_would_be_found_out(root):
    careless = ORDERS.replace("archive_keep=0", "archive_keep=0, sync=lambda descriptor: None")
    kept = [
        set(DirQueue(disk / "inbox").bodies(limit=9)) for _, marks, disk in after_cuts(root, careless) if "3" in marks
    ]
    assert set() in kept


DISKS = """
from stratus.drivers.disks.local import LocalDisks
disks, folder = LocalDisks(), str(root / "instances" / "7")
disks.make_directory(folder)
mark(root, "folder")
for number in range(2):
    disks.write_record(f"{folder}/instance.json", str(number) * 500)
    mark(root, str(number))
"""


def test_the_record_of_an_instance_is_kept_from_the_moment_that_its_step_is_done(root):
    for cut, marks, disk in after_cuts(root, DISKS):
        record = disk / "instances" / "7" / "instance.json"
        text = record.read_text() if record.exists() else ""
        assert text in ["", "0" * 500, "1" * 500][max(0, len(marks) - 1) :], cut
        assert record.parent.is_dir() or not marks, cut


HOLD = """
from stratus.model.codec import encode
from stratus.model.hold import Hold
from stratus.nodeagent.holding import Holding
holding, after = Holding(str(root / "node" / "hold.json")), ()
for token in "abc":
    with holding.shown(encode(Hold(1, token, after))):
        mark(root, token)
    after = (token,)
"""


def test_a_node_never_forgets_the_last_token_that_it_has_answered(root):
    for cut, marks, disk in after_cuts(root, HOLD):
        token = Holding(str(disk / "node" / "hold.json")).held().token
        assert token >= (marks[-1] if marks else ""), cut


CONFIG = """
from stratus.config.store import rewrite
for number in range(3):
    rewrite(root / "etc" / "stratuslab.cfg", lambda text: f"[here]\\nnumber = {number}\\n", new_mode=0o644)
    mark(root, str(number))
"""


def test_a_configuration_is_the_old_one_or_the_new_one_and_after_the_command_the_new_one(root):
    for cut, marks, disk in after_cuts(root, CONFIG):
        path = disk / "etc" / "stratuslab.cfg"
        text = path.read_text() if path.exists() else ""
        wanted = [""] + [f"[here]\nnumber = {number}\n" for number in range(3)]
        assert text in wanted[len(marks) :], f"{cut}: {text!r}"


IMAGE = """
from stratus.drivers.images.directory import DirectoryImageStore
from stratus.model.image import ImageSource
store = DirectoryImageStore(root / "images")
facts = store.fetch(ImageSource(str(root / "tiny.img")), progress=lambda *told: None)
mark(root, facts.identifier)
"""


def test_an_image_that_was_imported_is_there_whole_and_before_that_it_is_not_there_at_all(root):
    (root / "tiny.img").write_bytes(bytes(range(256)) * 64)
    for cut, marks, disk in after_cuts(root, IMAGE):
        store = DirectoryImageStore(disk / "images")
        known = store.all()
        assert [facts.identifier for facts in known] == marks or not marks, cut
        for facts in known:
            store.verify(facts.identifier)
