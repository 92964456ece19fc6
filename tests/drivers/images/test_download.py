import dataclasses
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from stratus.drivers.images.directory import DirectoryImageStore
from stratus.drivers.images.download import Downloader
from stratus.drivers.images.limits import Limits
from stratus.errors import BadInput, CommandFailed, Denied, NoCapacity, NotFound
from stratus.model.image import ImageFacts, ImageSource
from tests.drivers.images.contract import quiet
from tests.drivers.images.samples import COMPRESS, raw_disk
from tests.drivers.images.web import Site, serving

pytestmark = pytest.mark.slow

CONTENT = raw_disk(2048)
LIMITS = Limits(connect_s=2, answer_s=2, slow_s=0.2, tries=3, sync_every_bytes=64 << 10, download_bytes=8 << 20)


@pytest.fixture
def site() -> Iterator[Site]:
    with serving(Site(CONTENT)) as site:
        yield site


@dataclasses.dataclass
class Place:
    root: Path
    pauses: list[float] = dataclasses.field(default_factory=list)

    def store(self, limits: Limits = LIMITS, free: int = 1 << 40) -> DirectoryImageStore:
        downloader = Downloader(limits, lambda path: free, pause=self.pauses.append)
        return DirectoryImageStore(self.root, limits=limits, downloader=downloader)

    def fetch(self, site: Site, limits: Limits = LIMITS, **known: object) -> ImageFacts:
        return self.store(limits).fetch(ImageSource(site.url, **known), progress=quiet)  # type: ignore[arg-type]

    def work(self) -> list[str]:
        return sorted(path.suffix for path in (self.root / "work").iterdir())


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "store")


def content_of(facts: ImageFacts) -> bytes:
    return Path(facts.path).read_bytes()


def test_an_image_comes_over_http_with_progress(site: Site, place: Place) -> None:
    seen: list[tuple[str, int, int]] = []
    facts = place.store().fetch(ImageSource(site.url), progress=lambda *step: seen.append(step))
    assert content_of(facts) == CONTENT
    assert [step for step in seen if step[0] == "download"][-1] == ("download", len(CONTENT), len(CONTENT))
    assert seen[-1] == ("copy", len(CONTENT), len(CONTENT))
    assert place.work() == [".origin"]
    assert site.requests[0]["Accept-Encoding"] == "identity"


@pytest.mark.parametrize("chunked", [True, False])
def test_a_server_that_does_not_say_the_length_will_do(site: Site, place: Place, chunked: bool) -> None:
    site.chunked, site.say_length = chunked, False
    assert content_of(place.fetch(site)) == CONTENT


def test_a_compressed_file_that_the_server_calls_encoded_is_taken_as_it_is(site: Site, place: Place) -> None:
    site.content, site.headers = COMPRESS["gz"](CONTENT), {"Content-Encoding": "gzip"}
    assert content_of(place.fetch(site, compression="gz")) == CONTENT


@pytest.mark.parametrize("chunked", [True, False])
def test_a_cut_connection_goes_on_where_it_stopped(site: Site, place: Place, chunked: bool) -> None:
    site.cut_after, site.chunked = [500_000, 700_000], chunked
    assert content_of(place.fetch(site)) == CONTENT
    assert site.ranges_asked() == ["", "bytes=500000-", "bytes=1200000-"]
    assert site.requests[1]["If-Range"] == '"one"'
    assert len(place.pauses) == 2


def test_a_date_serves_where_the_etag_is_weak(site: Site, place: Place) -> None:
    site.etag, site.last_modified, site.cut_after = 'W/"weak"', "Wed, 01 Jan 2025 00:00:00 GMT", [500_000]
    assert content_of(place.fetch(site)) == CONTENT
    assert site.requests[1]["If-Range"] == site.last_modified


def test_a_failed_download_is_taken_up_by_the_next_fetch(site: Site, place: Place) -> None:
    site.cut_after = [400_000, 100, 100]
    with pytest.raises(CommandFailed, match="cannot fetch") as raised:
        place.fetch(site)
    assert "goes on from there" in raised.value.hint
    assert place.work() == [".json", ".part"]
    assert content_of(place.fetch(site)) == CONTENT
    assert site.ranges_asked()[-1] == "bytes=400200-"


def test_tries_that_get_on_are_not_counted(site: Site, place: Place) -> None:
    site.cut_after = [100, 100, 1 << 20, 100]
    assert content_of(place.fetch(site)) == CONTENT


def test_without_ranges_it_begins_again(site: Site, place: Place) -> None:
    site.ranges, site.cut_after = False, [500_000]
    assert content_of(place.fetch(site)) == CONTENT


def test_without_a_mark_it_begins_again(site: Site, place: Place) -> None:
    site.etag, site.cut_after = "", [500_000]
    assert content_of(place.fetch(site)) == CONTENT
    assert site.ranges_asked() == ["", ""]


def test_a_content_that_changed_meanwhile_is_never_mixed(site: Site, place: Place) -> None:
    site.cut_after = [500_000]
    new = raw_disk(2048, seed=7)

    store = place.store()

    def progress(phase: str, done: int, total: int) -> None:
        if done >= 400_000:
            site.content, site.etag = new, '"two"'

    assert content_of(store.fetch(ImageSource(site.url), progress=progress)) == new
    assert site.ranges_asked() == ["", "bytes=500000-"]


def test_a_server_that_ignores_if_range_is_caught_by_its_etag(site: Site, place: Place) -> None:
    site.cut_after = [500_000]
    new = raw_disk(2048, seed=7)

    def progress(phase: str, done: int, total: int) -> None:
        if phase == "download" and done >= 400_000 and site.content is CONTENT:
            site.content, site.headers = new, {"ETag": '"two"'}

    facts = place.store().fetch(ImageSource(site.url), progress=progress)
    assert content_of(facts) == new
    assert site.ranges_asked() == ["", "bytes=500000-", ""]


def test_a_whole_part_is_not_sent_again(site: Site, place: Place) -> None:
    with pytest.raises(RuntimeError):
        place.store().fetch(ImageSource(site.url), progress=fail_in("copy"))
    assert place.work() == [".json", ".part"]
    assert content_of(place.fetch(site)) == CONTENT
    assert site.ranges_asked() == ["", f"bytes={len(CONTENT)}-"]


def test_only_what_was_synced_is_trusted(site: Site, place: Place) -> None:
    site.cut_after = [400_000, 100, 100]
    with pytest.raises(CommandFailed):
        place.fetch(site)
    (part,) = (place.root / "work").glob("*.part")
    with open(part, "ab") as file:
        file.write(b"not synced" * 100)
    assert content_of(place.fetch(site)) == CONTENT


def test_a_damaged_record_of_a_part_means_to_begin_again(site: Site, place: Place) -> None:
    site.cut_after = [400_000, 100, 100]
    with pytest.raises(CommandFailed):
        place.fetch(site)
    (record,) = (place.root / "work").glob("*.part.json")
    record.write_text('{"etag": "x", "synced": "many"}')
    assert content_of(place.fetch(site)) == CONTENT


def test_an_unchanged_image_is_not_sent_again(site: Site, place: Place) -> None:
    facts = place.fetch(site)
    assert place.fetch(site) == facts
    assert site.requests[1]["If-None-Match"] == '"one"'
    place.store().delete(facts.identifier)
    assert place.fetch(site) == facts
    assert "If-None-Match" not in site.requests[2]


def test_an_unchanged_image_is_known_by_its_date(site: Site, place: Place) -> None:
    site.etag, site.last_modified = "", "Wed, 01 Jan 2025 00:00:00 GMT"
    facts = place.fetch(site)
    assert place.fetch(site) == facts
    assert site.requests[1]["If-Modified-Since"] == site.last_modified


def test_a_refused_content_leaves_no_part(site: Site, place: Place) -> None:
    with pytest.raises(BadInput):
        place.fetch(site, expected=(("md5", "0" * 32),))
    assert place.work() == []


def test_a_length_that_promises_too_much_ends_in_an_error(site: Site, place: Place) -> None:
    site.length = len(CONTENT) + 1000
    with pytest.raises(CommandFailed, match="cannot fetch"):
        place.fetch(site)
    assert place.store().all() == []
    assert len(site.requests) <= 2 * LIMITS.tries


def test_a_length_that_promises_too_little_gives_a_cut_image(site: Site, place: Place) -> None:
    site.length = len(CONTENT) - 100
    with pytest.raises(BadInput, match="whole sectors"):
        place.fetch(site)


@pytest.mark.parametrize("length", [9 << 20, 1 << 62])
def test_a_length_that_is_too_large_is_refused_at_once(site: Site, place: Place, length: int) -> None:
    site.length = length
    with pytest.raises(BadInput, match="at most 8388608 are allowed"):
        place.fetch(site)
    assert len(site.requests) == 1


def test_an_endless_stream_is_refused_on_the_way(site: Site, place: Place) -> None:
    site.chunked, site.content = True, raw_disk(9 << 10)
    with pytest.raises(BadInput, match="at most 8388608 are allowed"):
        place.fetch(site)


def test_a_download_that_does_not_fit_is_not_begun(site: Site, place: Place) -> None:
    with pytest.raises(NoCapacity, match="2 MiB are needed"):
        place.store(free=LIMITS.keep_free_bytes + 1000).fetch(ImageSource(site.url), progress=quiet)


def test_redirects_are_followed(site: Site, place: Place) -> None:
    with serving(Site(redirect=site.url)) as other:
        assert content_of(place.fetch(other)) == CONTENT


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/"])
def test_redirects_to_anything_but_http_are_refused(site: Site, place: Place, target: str) -> None:
    site.redirect = target
    with pytest.raises(BadInput, match="only http and https are followed"):
        place.fetch(site)


def test_redirects_in_a_circle_end(site: Site, place: Place) -> None:
    site.redirect = "/image"
    with pytest.raises(BadInput, match="redirects more than"):
        place.fetch(site)


@pytest.mark.parametrize(("status", "kind"), [(404, NotFound), (410, NotFound), (401, Denied), (403, Denied)])
def test_what_is_not_there_or_not_ours_is_not_tried_again(
    site: Site, place: Place, status: int, kind: type[Exception]
) -> None:
    site.statuses = [status]
    with pytest.raises(kind):
        place.fetch(site)
    assert len(site.requests) == 1


def test_a_busy_server_is_tried_again(site: Site, place: Place) -> None:
    site.statuses = [503, 429]
    assert content_of(place.fetch(site)) == CONTENT


def test_a_broken_server_is_given_up(site: Site, place: Place) -> None:
    site.statuses = [500] * 10
    with pytest.raises(CommandFailed, match="HTTP 500"):
        place.fetch(site)
    assert len(site.requests) == LIMITS.tries


def test_a_server_that_is_not_there_is_given_up(place: Place) -> None:
    with serving(Site()) as gone:
        pass
    with pytest.raises(CommandFailed, match="refused"):
        place.fetch(gone)


def test_a_server_that_drips_is_given_up(site: Site, place: Place) -> None:
    site.slow_body = True
    with pytest.raises(CommandFailed, match="too slow"):
        place.fetch(site, dataclasses.replace(LIMITS, tries=2))


def test_a_server_that_drips_its_headers_is_given_up(site: Site, place: Place) -> None:
    site.slow_headers = True
    with pytest.raises(CommandFailed, match="did not answer"):
        place.fetch(site, dataclasses.replace(LIMITS, connect_s=0.2, answer_s=0.2, tries=2))


def test_a_silent_server_is_given_up(site: Site, place: Place) -> None:
    done = threading.Event()
    site.before_body = lambda: [None, done.wait(20)][0]
    with pytest.raises(CommandFailed, match="timed out"):
        place.fetch(site, dataclasses.replace(LIMITS, answer_s=0.2, tries=1))
    done.set()


def test_passwords_are_not_told(place: Place) -> None:
    with serving(Site(statuses=[404])) as site, pytest.raises(NotFound) as raised:
        secret = site.url.replace("127.0.0.1", "user:secret@127.0.0.1")
        place.store().fetch(ImageSource(secret), progress=quiet)
    assert "secret" not in str(raised.value)
    assert site.requests[0]["Authorization"].startswith("Basic ")


def test_fifty_who_want_it_make_one_download(site: Site, place: Place) -> None:
    store, waiting = place.store(), threading.Semaphore(0)

    def until_all_wait() -> None:
        for _ in range(49):
            assert waiting.acquire(timeout=20)

    site.before_body = until_all_wait

    def fetch(number: int) -> ImageFacts:
        return store.fetch(
            ImageSource(site.url), progress=lambda phase, *_: waiting.release() if phase == "wait" else None
        )

    with ThreadPoolExecutor(50) as pool:
        facts = set(pool.map(fetch, range(50)))
    assert len(facts) == 1
    assert len(site.requests) == 1


def test_a_killed_download_is_taken_up(site: Site, place: Place) -> None:
    program = (
        "import sys, signal; from stratus.drivers.images.directory import DirectoryImageStore;"
        "from stratus.drivers.images.limits import Limits; from stratus.model.image import ImageSource\n"
        "def watch(phase, done, total):\n"
        "  if done > 1_000_000: print('now', flush=True); signal.pause()\n"
        "limits = Limits(sync_every_bytes=65536)\n"
        "DirectoryImageStore(sys.argv[1], limits=limits).fetch(ImageSource(sys.argv[2]), progress=watch)"
    )
    command = [sys.executable, "-c", program, str(place.root), site.url]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None and child.stdout.readline() == b"now\n"
        os.kill(child.pid, signal.SIGKILL)
    assert content_of(place.fetch(site)) == CONTENT
    start = int(site.ranges_asked()[1].removeprefix("bytes=").removesuffix("-"))
    assert start > 900_000


def fail_in(wanted: str) -> "Fail":
    return Fail(wanted)


@dataclasses.dataclass
class Fail:
    wanted: str

    def __call__(self, phase: str, done: int, total: int) -> None:
        if phase == self.wanted:
            raise RuntimeError(phase)
