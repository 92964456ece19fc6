"""Images over HTTP on the installed cloud: live progress, resumed downloads, one download for many, runs from them."""

import gzip
import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pexpect
import pytest

from tests.drivers.images.web import Site, serving
from tests.live.cli import Stratus
from tests.live.lab import Lab, Start
from tests.live.node import run
from tests.live.patience import until

pytestmark = pytest.mark.live

CUT = 5_000_000


@pytest.fixture(scope="module")
def raw(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The appliance as a raw disk of this session: a file in it makes it different from all others."""
    folder = tmp_path_factory.mktemp("raw")
    (image,) = lab.stratus.rows("image show", lab.image)
    disk, mark = folder / "disk.raw", folder / "mark"
    run("qemu-img", "convert", "-f", image["format"], "-O", "raw", image["path"], str(disk))
    mark.write_text(lab.token)
    run("mcopy", "-i", str(disk), str(mark), "::mark.txt")
    return disk


@pytest.fixture
def site(raw: Path) -> Iterator[Site]:
    """That disk, packed, on a web server of ours."""
    with serving(Site(content=gzip.compress(raw.read_bytes(), 1))) as site:
        yield site


def test_an_image_comes_over_http_is_resumed_and_boots(
    lab: Lab, site: Site, raw: Path, stratus: Stratus, start: Start
) -> None:
    url, name = f"{site.base}/disk.img.gz", lab.name("raw")
    digest = hashlib.sha256(raw.read_bytes()).hexdigest()
    _import_until_it_is_cut(site, stratus, url, name)
    before = len(site.requests)

    stratus(f"image import {url} --name {name} --sha256 {digest}")

    assert [asked for asked in site.ranges_asked()[before:] if asked] == [f"bytes={CUT}-"]
    (image,) = stratus.rows("image show", name)
    assert (image["format"], image["size_bytes"], image["sha256"]) == ("raw", raw.stat().st_size, digest)
    assert len(image["identifier"]) == 27 and Path(image["path"]).read_bytes() == raw.read_bytes()
    asked = len(site.requests)

    guest = start("from-raw", image=url)  # the place is known by now, as the name is

    assert len(site.requests) == asked
    guest.wait_for("test -e /run/context/done")
    assert (
        guest.ssh("mkdir -p /tmp/b; mount -t vfat -o ro /dev/vda /tmp/b && cat /tmp/b/mark.txt") == lab.token.encode()
    )
    assert stratus.rows("image show", name)[0]["in use"] == 1
    refused = stratus(f"image delete {name}", status=4)
    assert f"in use by {guest.id}" in refused.stderr and Path(image["path"]).exists()
    stratus(f"kill --wait {guest.id}")
    stratus(f"image delete {name}")
    assert not Path(image["path"]).exists()
    stratus(f"image show {name}", status=3)


def _import_until_it_is_cut(site: Site, stratus: Stratus, url: str, name: str) -> None:
    """An import that shows its progress on a terminal; the connection breaks, and then its process dies."""

    def slow_from_the_second_on() -> None:
        site.slow_body = len(site.requests) > 1

    site.cut_after, site.before_body = [CUT], slow_from_the_second_on
    argv = stratus.argv(f"image import {url} --name {name}")
    shell = pexpect.spawn(argv[0], argv[1:], env=stratus.environ, timeout=30, encoding="utf-8", dimensions=(24, 120))
    shell.expect(r"5\.0/[0-9.]+ MB")
    until(lambda: len(site.requests) == 2, deadline_s=20, what="the download to be taken up again")
    assert site.ranges_asked() == ["", f"bytes={CUT}-"]
    shell.kill(9)
    shell.wait()
    shell.close()
    site.slow_body, site.before_body = False, lambda: None


def test_runs_at_once_of_an_image_that_is_not_there_make_one_download(
    lab: Lab, raw: Path, stratus: Stratus, tmp_path: Path, all_ended: None
) -> None:
    twin = tmp_path / "twin.raw"
    shutil.copyfile(raw, twin)
    run("mcopy", "-i", str(twin), "/etc/hostname", "::twin.txt")
    with serving(Site(content=gzip.compress(twin.read_bytes(), 1))) as site:
        url = f"{site.base}/{lab.name('twin')}.img.gz"

        def go(number: int) -> int:
            words = ("--name", lab.name(f"twin-{number}"), "--ram", "96", "--swap", "0")
            return stratus(f"run {url} --wait", *words, status=None).status

        with ThreadPoolExecutor(3) as pool:
            statuses = list(pool.map(go, range(3)))
        guests = lab.adopt("twin-")

    assert statuses == [0, 0, 0]
    assert {guest.row()["image"] for guest in guests} == {lab.name("twin")}
    assert [request.get("Range", "") for request in site.requests if "If-None-Match" not in request] == [""]


def test_what_is_refused_leaves_no_image(lab: Lab, site: Site, stratus: Stratus, tmp_path: Path) -> None:
    names = [row["name"] for row in stratus.rows("image list")]
    overlay = tmp_path / "overlay.qcow2"
    subprocess.run(
        ["qemu-img", "create", "-q", "-f", "qcow2", "-b", "/etc/passwd", "-F", "raw", str(overlay)],
        check=True,
        timeout=30,
    )

    for words, status, why in (
        (f"{site.base}/disk.img.gz --sha256 {'0' * 64}", 8, "sha256"),
        (f"{overlay}", 8, "backing file"),
        (f"{tmp_path}/missing", 3, "missing"),
    ):
        refused = stratus(f"image import {words} --name {lab.name('refused')}", status=status)
        assert why in refused.stderr.lower()
    assert [row["name"] for row in stratus.rows("image list")] == names
