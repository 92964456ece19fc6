"""What every image store does, whatever it keeps images in."""

import hashlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import pytest

from stratus.drivers.images.limits import Limits
from stratus.drivers.images.protocol import ImageStore
from stratus.errors import BadInput, NotFound, StratusError
from stratus.model.identifier import identifier_of
from stratus.model.image import ImageFacts, ImageSource
from tests.drivers.images.samples import COMPRESS, make_qcow2, qcow2_header, raw_disk

LIMITS = Limits(
    download_bytes=32 << 20,
    content_bytes=16 << 20,
    virtual_bytes=1 << 30,
    expansion=100,
    expansion_free_bytes=2 << 20,
    wait_s=30,
)


class World(Protocol):
    """A store and what it can reach."""

    store: ImageStore

    def put(self, name: str, content: bytes) -> str:
        """Offer content under a name; give its location."""

    def damage(self, identifier: str) -> None:
        """Change a kept content behind the store's back."""


def quiet(phase: str, done: int, total: int) -> None:
    """Progress that nobody looks at."""


def fetch(world: World, content: bytes, name: str = "image", **known: object) -> ImageFacts:
    location = world.put(name, content)
    return world.store.fetch(ImageSource(location, **known), progress=quiet)  # type: ignore[arg-type]


def refused(world: World, content: bytes, match: str, **known: object) -> None:
    """The content is refused for this reason, and nothing of it stays."""
    before = world.store.all()
    with pytest.raises(BadInput, match=match):
        fetch(world, content, **known)
    assert world.store.all() == before


class ImageStoreContract:
    """Inherit and give `world`."""

    @pytest.fixture
    def world(self, tmp_path: Path) -> Iterator[World]:
        raise NotImplementedError

    def test_a_raw_disk_is_kept_with_all_its_checksums(self, world: World) -> None:
        content = raw_disk()
        facts = fetch(world, content)
        assert facts.identifier == identifier_of(hashlib.sha1(content).hexdigest())
        assert (facts.format, facts.size_bytes, facts.virtual_size_bytes) == ("raw", len(content), len(content))
        for name in ("md5", "sha1", "sha256", "sha512"):
            assert getattr(facts.checksums, name) == hashlib.new(name, content).hexdigest()
        assert facts.path.endswith(f"/{facts.identifier}.raw")
        assert world.store.get(facts.identifier) == facts
        assert world.store.all() == [facts]
        world.store.verify(facts.identifier)

    def test_a_qcow2_image_is_kept_with_the_size_that_a_guest_sees(self, world: World, tmp_path: Path) -> None:
        content = make_qcow2(tmp_path / "made", raw_disk(), "-c")
        facts = fetch(world, content, format="qcow2")
        assert (facts.format, facts.size_bytes, facts.virtual_size_bytes) == ("qcow2", len(content), 64 << 10)
        assert facts.path.endswith(".qcow2")

    @pytest.mark.parametrize("compression", COMPRESS)
    def test_compressed_content_is_kept_decompressed(self, world: World, compression: str) -> None:
        content = raw_disk()
        plain = fetch(world, content, "plain")
        packed = COMPRESS[compression](content)
        assert fetch(world, packed, "packed") == plain
        assert fetch(world, packed, "declared", compression=compression, format="raw") == plain
        assert world.store.all() == [plain]

    def test_the_same_content_from_two_places_is_kept_once(self, world: World) -> None:
        assert fetch(world, raw_disk(), "one") == fetch(world, raw_disk(), "two")
        assert len(world.store.all()) == 1

    def test_images_are_listed_by_identifier(self, world: World) -> None:
        made = [fetch(world, raw_disk(seed=seed), f"image{seed}") for seed in range(4)]
        assert world.store.all() == sorted(made, key=lambda facts: facts.identifier)

    def test_an_empty_store_has_nothing(self, world: World) -> None:
        nobody = "A" * 27
        assert world.store.all() == []
        assert world.store.get(nobody) is None
        world.store.delete(nobody)
        with pytest.raises(NotFound):
            world.store.verify(nobody)

    @pytest.mark.parametrize("name", ["", "../secret", "/etc/passwd", "A" * 26, "image.json"])
    def test_what_is_no_identifier_is_no_image(self, world: World, name: str) -> None:
        assert world.store.get(name) is None
        world.store.delete(name)
        with pytest.raises(NotFound):
            world.store.verify(name)

    def test_a_deleted_image_is_gone_and_can_come_again(self, world: World) -> None:
        facts = fetch(world, raw_disk())
        world.store.delete(facts.identifier)
        world.store.delete(facts.identifier)
        assert world.store.get(facts.identifier) is None
        assert world.store.all() == []
        assert fetch(world, raw_disk()) == facts

    def test_a_changed_content_is_found_by_verify(self, world: World) -> None:
        facts = fetch(world, raw_disk())
        world.damage(facts.identifier)
        with pytest.raises(BadInput, match=facts.identifier):
            world.store.verify(facts.identifier)

    def test_a_location_that_changed_gives_its_new_content(self, world: World) -> None:
        old = fetch(world, raw_disk(seed=1))
        new = fetch(world, raw_disk(seed=2))
        assert old.identifier != new.identifier
        assert len(world.store.all()) == 2

    def test_expected_checksums_are_compared(self, world: World) -> None:
        content = raw_disk()
        sums = tuple((name, hashlib.new(name, content).hexdigest()) for name in ("md5", "sha1", "sha256", "sha512"))
        facts = fetch(world, content, expected=sums)
        assert fetch(world, content, "upper", expected=tuple((n, d.upper()) for n, d in sums)) == facts
        for name, digest in sums:
            wrong = digest[:-1] + ("0" if digest[-1] != "0" else "1")
            refused(world, content, f"the {name} of the image is {digest}, but {wrong}", expected=((name, wrong),))

    def test_an_image_with_the_expected_checksum_is_not_fetched_again(self, world: World) -> None:
        facts = fetch(world, raw_disk())
        elsewhere = ImageSource("http://127.0.0.1:9/nobody", expected=(("sha256", facts.checksums.sha256),))
        assert world.store.fetch(elsewhere, progress=quiet) == facts
        by_sha1 = ImageSource("http://127.0.0.1:9/nobody", expected=(("sha1", facts.checksums.sha1),))
        assert world.store.fetch(by_sha1, progress=quiet) == facts

    def test_who_may_only_know_the_checksum_has_to_bring_the_content(self, world: World) -> None:
        facts = fetch(world, raw_disk())
        sums = (("sha1", facts.checksums.sha1), ("sha256", facts.checksums.sha256))
        refused(world, raw_disk(seed=2), "was expected", name="other", expected=sums, afresh=True)
        assert fetch(world, raw_disk(), "other", expected=sums, afresh=True) == facts

    def test_what_is_not_there_is_not_found(self, world: World) -> None:
        location = world.put("here", raw_disk()) + ".not"
        with pytest.raises(NotFound):
            world.store.fetch(ImageSource(location), progress=quiet)

    @pytest.mark.parametrize(
        "source",
        [
            ImageSource("relative/path"),
            ImageSource("ftp://somewhere/image"),
            ImageSource("file://elsewhere/image"),
            ImageSource("http://"),
            ImageSource("http://[broken/"),
            ImageSource(""),
            ImageSource("/image", format="vmdk"),
            ImageSource("/image", compression="zip"),
            ImageSource("/image", expected=(("crc", "00"),)),
            ImageSource("/image", expected=(("md5", "00"),)),
            ImageSource("/image", expected=(("md5", "x" * 32),)),
        ],
    )
    def test_a_source_that_makes_no_sense_is_refused(self, world: World, source: ImageSource) -> None:
        with pytest.raises(BadInput):
            world.store.fetch(source, progress=quiet)

    def test_an_empty_image_is_refused(self, world: World) -> None:
        refused(world, b"", "empty")
        refused(world, COMPRESS["gz"](b""), "empty")

    def test_a_raw_disk_of_broken_sectors_is_refused(self, world: World) -> None:
        refused(world, raw_disk() + b"x", "whole sectors")

    @pytest.mark.parametrize("compression", COMPRESS)
    def test_a_cut_stream_is_refused_and_the_place_is_named(self, world: World, compression: str) -> None:
        packed = COMPRESS[compression](raw_disk())
        for cut in (len(packed) - 1, len(packed) // 2, 12):
            refused(world, packed[:cut], f"{compression} stream is cut: it ends at byte {cut} of the file, after")

    @pytest.mark.parametrize("compression", COMPRESS)
    def test_a_corrupt_stream_is_refused(self, world: World, compression: str) -> None:
        packed = bytearray(COMPRESS[compression](raw_disk()))
        packed[len(packed) // 2] ^= 0xFF
        refused(world, bytes(packed), f"{compression} stream is damaged|{compression} stream is cut")

    @pytest.mark.parametrize("compression", COMPRESS)
    def test_garbage_after_the_stream_is_refused(self, world: World, compression: str) -> None:
        packed = COMPRESS[compression](raw_disk())
        refused(world, packed + b"garbage", f"not {compression} follows the stream at byte {len(packed)} of the file")

    @pytest.mark.parametrize("compression", COMPRESS)
    def test_streams_of_several_members_are_one_image(self, world: World, compression: str) -> None:
        pack = COMPRESS[compression]
        content = raw_disk()
        facts = fetch(world, pack(content[:1000]) + pack(b"") + pack(content[1000:]))
        assert facts.size_bytes == len(content)

    @pytest.mark.parametrize("compression", COMPRESS)
    def test_a_compression_bomb_is_refused(self, world: World, compression: str) -> None:
        refused(world, COMPRESS[compression](bytes(8 << 20)), "compression bomb")

    def test_more_content_than_is_allowed_is_refused(self, world: World) -> None:
        refused(world, COMPRESS["gz"](raw_disk(17 << 10)), "more than the 16777216 bytes")

    def test_a_declared_compression_must_be_true(self, world: World) -> None:
        refused(world, raw_disk(), "declared as compressed with gz but its content is not", compression="gz")
        refused(world, COMPRESS["xz"](raw_disk()), "its content is compressed with xz", compression="none")

    def test_a_declared_format_must_be_true(self, world: World) -> None:
        refused(world, raw_disk(), "declared qcow2 but its content has no qcow2 header", format="qcow2")
        refused(world, qcow2_header(), "declared raw but its content starts with a qcow2 header", format="raw")

    def test_a_qcow2_header_that_points_elsewhere_is_refused(self, world: World) -> None:
        refused(world, qcow2_header(backing_offset=1 << 12, backing_size=9), "backing file")
        refused(world, qcow2_header(incompatible=4), "external data file")
        refused(world, COMPRESS["gz"](qcow2_header(l1_size=1 << 28)), "L1 table")
        assert fetch(world, qcow2_header()).virtual_size_bytes == 1 << 20

    def test_many_who_want_it_at_once_make_one_read(self, world: World) -> None:
        location = world.put("wanted", raw_disk())
        leaders, facts = stampede(world, lambda: ImageSource(location))
        assert leaders == 1
        assert len({fact.identifier for fact in facts if isinstance(fact, ImageFacts)}) == 1
        assert len(facts) == 50

    def test_many_who_want_a_bad_one_make_one_read_and_learn_why(self, world: World) -> None:
        location = world.put("wanted", raw_disk() + b"x")
        leaders, errors = stampede(world, lambda: ImageSource(location))
        assert leaders == 1
        assert {type(error) for error in errors} == {BadInput}
        assert len({str(error) for error in errors}) == 1
        world.put("wanted", raw_disk())
        assert world.store.fetch(ImageSource(location), progress=quiet).format == "raw"

    def test_a_failure_is_not_blamed_on_who_said_something_else(self, world: World) -> None:
        location = world.put("wanted", raw_disk())
        wrong = ImageSource(location, expected=(("md5", "0" * 32),))
        sources = [wrong, ImageSource(location)]
        _, results = stampede(world, lambda: sources.pop(0) if len(sources) > 1 else sources[0])
        assert sum(isinstance(result, BadInput) for result in results) == 1
        assert sum(isinstance(result, ImageFacts) for result in results) == 49

    def test_an_interrupted_fetch_blocks_nobody(self, world: World) -> None:
        location = world.put("wanted", raw_disk())

        def interrupt(phase: str, done: int, total: int) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            world.store.fetch(ImageSource(location), progress=interrupt)
        assert world.store.all() == []
        assert world.store.fetch(ImageSource(location), progress=quiet).format == "raw"


def stampede(
    world: World, source: Callable[[], ImageSource], *, count: int = 50
) -> tuple[int, list[ImageFacts | StratusError]]:
    """Let many fetch; the first to read goes on only when all the others wait. How many read, and what each got."""
    waiting, started = threading.Semaphore(0), threading.Semaphore(0)
    leaders: set[int] = set()
    held = threading.Event()

    def progress(phase: str, done: int, total: int) -> None:
        if phase == "wait":
            waiting.release()
            return
        leaders.add(threading.get_ident())
        started.release()
        if not held.is_set():
            held.set()
            for _ in range(count - 1):
                assert waiting.acquire(timeout=20)

    def one(wanted: ImageSource) -> ImageFacts | StratusError:
        try:
            return world.store.fetch(wanted, progress=progress)
        except StratusError as error:
            return error

    with ThreadPoolExecutor(count) as pool:
        first = pool.submit(one, source())
        assert started.acquire(timeout=20)
        others = [pool.submit(one, source()) for _ in range(count - 1)]
        results = [future.result(timeout=30) for future in [first, *others]]
    return len(leaders), results

    def test_a_survey_tells_sound_images_from_damaged_ones(self, world: World) -> None:
        sound, damaged = fetch(world, raw_disk()), fetch(world, make_qcow2(), "other")
        world.damage(damaged.identifier)

        seen = {one.identifier: one for one in world.store.survey()}

        assert (seen[sound.identifier].facts, seen[sound.identifier].trouble) == (sound, "")
        assert "changed" in seen[damaged.identifier].trouble and seen[damaged.identifier].facts == damaged
