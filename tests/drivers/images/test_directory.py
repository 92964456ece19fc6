import dataclasses
import hashlib
import json
import logging
import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from stratus.drivers.images.directory import DirectoryImageStore
from stratus.drivers.images.limits import Limits
from stratus.errors import BadInput, Denied, NoCapacity, NotFound
from stratus.model.identifier import identifier_of
from stratus.model.image import ImageFacts, ImageSource
from tests.drivers.images.contract import LIMITS, ImageStoreContract, World, fetch, quiet, refused, stampede
from tests.drivers.images.samples import COMPRESS, make_qcow2, raw_disk, run
from tests.drivers.images.web import Site, serving


class DirectoryWorld:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "store"
        self.store = DirectoryImageStore(self.root, limits=LIMITS)

    def put(self, name: str, content: bytes) -> str:
        path = self.folder / name
        path.write_bytes(content)
        return str(path)

    def damage(self, identifier: str) -> None:
        (path,) = self.root.glob(f"{identifier}.[rq]*")
        path.chmod(0o644)
        data = bytearray(path.read_bytes())
        data[700] ^= 1
        path.write_bytes(bytes(data))

    def files(self) -> list[str]:
        return sorted(str(path.relative_to(self.root)) for path in self.root.rglob("*") if path.is_file())


@pytest.fixture
def here(in_memory: Path) -> DirectoryWorld:
    return DirectoryWorld(in_memory)


class TestDirectoryImageStore(ImageStoreContract):
    @pytest.fixture
    def world(self, in_memory: Path) -> Iterator[World]:
        world = DirectoryWorld(in_memory)
        yield world
        leftovers = [name for name in world.files() if name.startswith("work/") and not name.endswith(".origin")]
        assert leftovers == []


def test_the_content_is_read_only_beside_its_facts(here: DirectoryWorld) -> None:
    facts = fetch(here, raw_disk())
    assert Path(facts.path).read_bytes() == raw_disk()
    assert stat.S_IMODE(os.stat(facts.path).st_mode) == 0o444
    assert json.loads((here.root / f"{facts.identifier}.json").read_text())["checksums"]["md5"] == facts.checksums.md5


def test_a_file_url_names_the_same_file(here: DirectoryWorld) -> None:
    facts = fetch(here, raw_disk(), "an image")
    for url in (
        f"file://{here.folder}/an%20image",
        f"file://localhost{here.folder}/an%20image",
        f"file:{here.folder}/an image",
    ):
        assert here.store.fetch(ImageSource(url), progress=quiet) == facts


def test_an_empty_disk_costs_no_space(here: DirectoryWorld) -> None:
    path = here.folder / "empty"
    with open(path, "wb") as file:
        file.truncate(64 << 20)
    store = DirectoryImageStore(here.root)
    facts = store.fetch(ImageSource(str(path)), progress=quiet)
    assert facts.size_bytes == 64 << 20
    assert os.stat(facts.path).st_blocks * 512 <= 64 << 10


def test_holes_stay_holes_and_the_rest_stays_the_rest(here: DirectoryWorld) -> None:
    content = bytes(1 << 20) + raw_disk(64) + bytes((1 << 20) + 512) + b"end".ljust(512, b"\0") + bytes(1024)
    facts = fetch(here, COMPRESS["gz"](content))
    assert Path(facts.path).read_bytes() == content
    assert os.stat(facts.path).st_blocks * 512 < 128 << 10


def test_a_local_file_that_did_not_change_is_not_read_again(here: DirectoryWorld) -> None:
    facts = fetch(here, raw_disk())
    phases: list[str] = []
    again = here.store.fetch(
        ImageSource(str(here.folder / "image")), progress=lambda phase, done, total: phases.append(phase)
    )
    assert (again, phases) == (facts, [])


def test_what_is_said_of_an_unchanged_file_is_still_compared(here: DirectoryWorld) -> None:
    fetch(here, raw_disk())
    location = str(here.folder / "image")
    for source in (
        ImageSource(location, format="qcow2"),
        ImageSource(location, compression="gz"),
        ImageSource(location, expected=(("md5", "0" * 32),)),
    ):
        with pytest.raises(BadInput):
            here.store.fetch(source, progress=quiet)


def test_a_damaged_image_is_replaced_when_it_is_fetched_again(here: DirectoryWorld) -> None:
    facts = fetch(here, raw_disk())
    here.damage(facts.identifier)
    assert here.store.fetch(ImageSource(str(here.folder / "image")), progress=quiet) == facts
    here.store.verify(facts.identifier)
    assert Path(facts.path).read_bytes() == raw_disk()


def test_a_damaged_image_is_not_given_for_its_checksum(here: DirectoryWorld) -> None:
    facts = fetch(here, raw_disk())
    here.damage(facts.identifier)
    source = ImageSource(str(here.folder / "image"), expected=(("sha1", facts.checksums.sha1),))
    assert here.store.fetch(source, progress=quiet) == facts
    assert Path(facts.path).read_bytes() == raw_disk()


def test_an_unchanged_image_is_verified_without_reading_it(here: DirectoryWorld) -> None:
    facts = fetch(here, raw_disk())
    os.utime(facts.path, (1, 1))  # touched: must be read
    here.store.verify(facts.identifier)
    accessed = os.stat(facts.path).st_atime_ns
    here.store.verify(facts.identifier)
    assert os.stat(facts.path).st_atime_ns == accessed


def test_setting_the_time_back_hides_nothing(here: DirectoryWorld) -> None:
    facts = fetch(here, raw_disk())
    before = os.stat(facts.path)
    here.damage(facts.identifier)
    os.utime(facts.path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(BadInput, match="damaged"):
        here.store.verify(facts.identifier)


def test_two_contents_with_one_sha1_are_never_confused(here: DirectoryWorld) -> None:
    facts = fetch(here, raw_disk())
    record = here.root / f"{facts.identifier}.json"
    record.write_text(record.read_text().replace(facts.checksums.sha256, "0" * 64))
    with pytest.raises(BadInput, match="two contents with one SHA-1"):
        fetch(here, raw_disk(), "other")


def test_a_damaged_record_is_named_and_hides_no_other(here: DirectoryWorld, caplog: pytest.LogCaptureFixture) -> None:
    one, two = fetch(here, raw_disk(seed=1), "one"), fetch(here, raw_disk(seed=2), "two")
    record = here.root / f"{one.identifier}.json"
    for damaged in (b"", b"{", b"[]", b"\xff\xfe", b'{"identifier": "x"}'):
        record.write_bytes(damaged)
        with pytest.raises(BadInput, match=str(record)):
            here.store.get(one.identifier)
        with caplog.at_level(logging.WARNING):
            assert here.store.all() == [two]
        assert str(record) in caplog.text
    assert fetch(here, raw_disk(seed=1), "again") == one
    assert len(here.store.all()) == 2


def test_an_image_whose_content_is_gone_is_not_there(here: DirectoryWorld) -> None:
    facts = fetch(here, raw_disk())
    os.unlink(facts.path)
    assert here.store.get(facts.identifier) is None
    assert here.store.all() == []
    with pytest.raises(NotFound):
        here.store.verify(facts.identifier)
    assert here.store.fetch(ImageSource(str(here.folder / "image")), progress=quiet) == facts


def test_a_moved_store_finds_its_images(here: DirectoryWorld) -> None:
    facts = fetch(here, raw_disk())
    here.root.rename(here.folder / "moved")
    moved = DirectoryImageStore(here.folder / "moved").get(facts.identifier)
    assert moved == dataclasses.replace(facts, path=str(here.folder / "moved" / f"{facts.identifier}.raw"))


def test_a_device_a_pipe_and_a_folder_are_refused_at_once(here: DirectoryWorld) -> None:
    os.mkfifo(here.folder / "pipe")
    for path in ("/dev/zero", str(here.folder / "pipe"), str(here.folder)):
        with pytest.raises(BadInput, match="not a regular file"):
            here.store.fetch(ImageSource(path), progress=quiet)


def test_a_file_that_is_written_to_meanwhile_is_refused(here: DirectoryWorld) -> None:
    location = here.put("busy", raw_disk())

    def write(phase: str, done: int, total: int) -> None:
        os.utime(location, (1, 1))

    with pytest.raises(BadInput, match="written to while it was read"):
        here.store.fetch(ImageSource(location), progress=write)
    assert here.store.all() == []


def test_a_full_disk_refuses_before_it_writes(here: DirectoryWorld) -> None:
    location = here.put("big", raw_disk(1024))
    store = DirectoryImageStore(here.root, limits=Limits(keep_free_bytes=1 << 20), free=lambda path: (2 << 20) - 1)
    with pytest.raises(NoCapacity, match="1 MiB are needed, 1 MiB are free"):
        store.fetch(ImageSource(location), progress=quiet)
    assert here.files() == []


@pytest.mark.slow
def test_a_disk_that_fills_up_meanwhile_stops_the_import(here: DirectoryWorld) -> None:
    location = here.put("big", raw_disk(96 << 10))
    answers = [1 << 40, 0]
    store = DirectoryImageStore(here.root, free=lambda path: answers.pop(0))
    with pytest.raises(NoCapacity):
        store.fetch(ImageSource(location), progress=quiet)
    assert here.files() == []


def test_a_file_system_error_is_told_as_no_capacity(here: DirectoryWorld) -> None:
    """RLIMIT_FSIZE makes writing fail as a full file system does."""
    location = here.put("big", raw_disk(1024))
    program = (
        "import resource, signal, sys; from stratus.drivers.images.directory import DirectoryImageStore;"
        "from stratus.model.image import ImageSource; from stratus.errors import NoCapacity\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "try: DirectoryImageStore(sys.argv[1]).fetch(ImageSource(sys.argv[2]), progress=lambda *a: None)\n"
        "except NoCapacity as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(here.root), location], capture_output=True, text=True, timeout=30
    )
    assert "no space left for the image" in done.stdout, done.stderr
    assert here.files() == []


def test_malicious_qcow2_images_are_refused(here: DirectoryWorld) -> None:
    run("qemu-img", "create", "-q", "-f", "qcow2", "base.qcow2", "1M", cwd=here.folder)
    run("qemu-img", "create", "-q", "-f", "qcow2", "-b", "base.qcow2", "-F", "qcow2", "over.qcow2", cwd=here.folder)
    run(
        "qemu-img",
        "create",
        "-q",
        "-f",
        "qcow2",
        "-u",
        "-b",
        "/etc/passwd",
        "-F",
        "raw",
        "spy.qcow2",
        "1M",
        cwd=here.folder,
    )
    run("qemu-img", "create", "-q", "-f", "qcow2", "-o", "data_file=d.raw", "data.qcow2", "1M", cwd=here.folder)
    run(
        "qemu-img",
        "create",
        "-q",
        "-f",
        "qcow2",
        "-o",
        "data_file=e.raw,data_file_raw=on",
        "rawdata.qcow2",
        "1M",
        cwd=here.folder,
    )
    for name, reason in (
        ("over", "backing file"),
        ("spy", "backing file"),
        ("data", "external data file"),
        ("rawdata", "external data file"),
    ):
        content = (here.folder / f"{name}.qcow2").read_bytes()
        refused(here, content, reason)
        refused(here, COMPRESS["xz"](content), reason, format="qcow2")
        refused(here, content, "declared raw", format="raw")


def test_a_cut_qcow2_image_is_refused(here: DirectoryWorld) -> None:
    content = make_qcow2(here.folder / "whole.qcow2", raw_disk(1024))
    for left in (len(content) - 70000, len(content) - 1001, len(content) // 2, 100):
        refused(here, content[:left], "cut")


def test_a_qcow2_image_with_broken_tables_is_refused(here: DirectoryWorld) -> None:
    content = bytearray(make_qcow2(here.folder / "whole.qcow2", raw_disk(1024)))
    l1 = int.from_bytes(content[40:48], "big")
    content[l1 + 2] ^= 0x7F  # the first L2 table is now somewhere else
    refused(here, bytes(content), "damaged|cannot read")


def test_leaked_clusters_do_no_harm(here: DirectoryWorld) -> None:
    content = bytearray(make_qcow2(here.folder / "whole.qcow2", raw_disk(1024)))
    block = int.from_bytes(content[1 << 16 : (1 << 16) + 8], "big")
    content[block + 200 : block + 202] = b"\0\1"  # a cluster that is counted but not used
    assert fetch(here, bytes(content)).format == "qcow2"


@pytest.mark.parametrize(
    "options",
    [
        ["-o", "compat=0.10"],
        ["-o", "extended_l2=on"],
        ["-o", "compression_type=zstd"],
        ["-o", "cluster_size=2M"],
        ["-o", "cluster_size=512"],
        ["-o", "preallocation=metadata"],
        ["-c"],
    ],
)
def test_every_kind_of_honest_qcow2_is_accepted(here: DirectoryWorld, options: list[str]) -> None:
    plain = [] if options == ["-c"] else [make_qcow2(here.folder / "empty.qcow2", None, *options)]
    for content in [*plain, make_qcow2(here.folder / "full.qcow2", raw_disk(256), *options)]:
        assert fetch(here, content).format == "qcow2"


def test_snapshots_inside_are_accepted(here: DirectoryWorld) -> None:
    path = here.folder / "snap.qcow2"
    make_qcow2(path, raw_disk(256))
    run("qemu-img", "snapshot", "-c", "before", str(path))
    assert fetch(here, path.read_bytes()).virtual_size_bytes == 256 << 10


def test_a_killed_fetch_leaves_nothing_that_blocks(here: DirectoryWorld) -> None:
    location = here.put("wanted", raw_disk())
    program = (
        "import sys, signal; from stratus.drivers.images.directory import DirectoryImageStore;"
        "from stratus.model.image import ImageSource\n"
        "def stop(*a): print('reading', flush=True); signal.pause()\n"
        "DirectoryImageStore(sys.argv[1]).fetch(ImageSource(sys.argv[2]), progress=stop)"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(here.root), location], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"reading\n"
        waiting = threading.Event()
        results: list[str] = []
        waiter = threading.Thread(
            target=lambda: results.append(
                here.store.fetch(ImageSource(location), progress=lambda p, d, t: waiting.set()).identifier
            )
        )
        waiter.start()
        assert waiting.wait(20)
        assert results == []
        child.send_signal(signal.SIGKILL)
        waiter.join(20)
    assert results == [identifier_of(hashlib.sha1(raw_disk()).hexdigest())]
    assert [name for name in here.files() if name.endswith((".lock", ".aside", ".part"))] == []


def test_processes_wait_for_each_other_too(here: DirectoryWorld) -> None:
    """A process that waits gets what this one brings, without reading it itself."""
    location = here.put("wanted", raw_disk())
    program = (
        "import sys; from stratus.drivers.images.directory import DirectoryImageStore;"
        "from stratus.model.image import ImageSource\n"
        "store = DirectoryImageStore(sys.argv[1])\n"
        "facts = store.fetch(ImageSource(sys.argv[2]), progress=lambda p, d, t: print(p, flush=True))\n"
        "print(facts.identifier)"
    )
    children: list[subprocess.Popen[str]] = []

    def progress(phase: str, done: int, total: int) -> None:
        if not children:
            command = [sys.executable, "-c", program, str(here.root), location]
            children.extend(subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3))
            for child in children:
                assert child.stdout is not None
                assert child.stdout.readline() == "wait\n"

    facts = here.store.fetch(ImageSource(location), progress=progress)
    assert [child.communicate(timeout=20)[0] for child in children] == [f"{facts.identifier}\n"] * 3


def test_leftovers_are_cleaned_when_they_are_old(here: DirectoryWorld) -> None:
    facts = fetch(here, raw_disk())
    gone = fetch(here, raw_disk(seed=2), "gone")
    here.store.delete(gone.identifier)
    before = here.files()
    stale = [
        "work/aa.part",
        "work/aa.part.json",
        "work/aa.aside",
        "work/.aa.origin.1.x",
        f"{'B' * 27}.raw",
        f".{'C' * 27}.json.1.x",
    ]
    for name in stale:
        (here.root / name).write_bytes(b"left")
    assert here.store.clean(3600) == []
    os.utime(here.root / "work/aa.part", (1, 1))
    assert here.store.clean(3600) == ["aa.part"]
    cleaned = here.store.clean(-1)
    assert len(cleaned) == 6  # the five others, and the origin of what is not kept any more
    assert here.files() == [name for name in before if name.endswith(".origin") is False or name in here.files()]
    assert here.store.all() == [facts]


def test_a_running_fetch_is_not_cleaned_away(here: DirectoryWorld) -> None:
    location = here.put("wanted", raw_disk())

    def clean(phase: str, done: int, total: int) -> None:
        assert here.store.clean(-1) == []

    assert here.store.fetch(ImageSource(location), progress=clean).format == "raw"
    assert DirectoryImageStore(here.folder / "none").clean(0) == []


def test_what_came_from_our_networks_is_not_shared_with_who_may_ask_the_internet_alone(here: DirectoryWorld) -> None:
    with serving(Site(raw_disk())) as site:
        sources = [ImageSource(site.url), ImageSource(site.url, public_only=True)]
        _, (mine, theirs) = stampede(here, lambda: sources.pop(0), count=2)
    assert isinstance(mine, ImageFacts) and isinstance(theirs, Denied)
