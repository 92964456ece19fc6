"""Recorded answers of apt on Debian 12, Debian 13 and Ubuntu 24.04."""

from pathlib import Path

import pytest

from stratus.drivers.appliance import aptlists
from stratus.drivers.appliance.recipes import TINY
from stratus.errors import BadInput

RECORDED = Path(__file__).parent / "apt"


def recorded(name: str) -> str:
    return (RECORDED / name).read_text()


@pytest.mark.parametrize(
    ("release", "kernel"),
    [("bookworm", "linux-image-cloud-amd64"), ("trixie", "linux-image-cloud-amd64"), ("noble", "linux-image-virtual")],
)
def test_the_first_kernel_on_offer_is_the_one_for_virtual_machines(release: str, kernel: str) -> None:
    offered = aptlists.offered(recorded(f"{release}.policy"))

    assert next(name for name in TINY.kernels if name in offered) == kernel


def test_a_package_without_a_candidate_is_not_on_offer() -> None:
    assert "linux-image-amd64" not in aptlists.offered(recorded("noble.policy"))


@pytest.mark.parametrize(
    ("release", "wanted", "packages"),
    [
        ("bookworm", "linux-image-cloud-amd64", ("linux-image-6.1.0-56-cloud-amd64",)),
        ("trixie", "linux-image-cloud-amd64", ("linux-image-6.12.117+deb13-cloud-amd64",)),
        ("noble", "linux-image-virtual", ("linux-image-6.8.0-149-generic", "linux-modules-6.8.0-149-generic")),
    ],
)
def test_a_metapackage_leads_to_the_versioned_kernel_and_its_modules(
    release: str, wanted: str, packages: tuple[str, ...]
) -> None:
    needs = aptlists.dependencies(recorded(f"{release}.kernel"))

    assert aptlists.kernel_packages(needs, wanted) == packages


def test_a_metapackage_of_a_metapackage_is_followed() -> None:
    needs = {**aptlists.dependencies(recorded("noble.kernel")), "linux-image-kvm": ("linux-image-virtual",)}

    assert aptlists.kernel_packages(needs, "linux-image-kvm")[0] == "linux-image-6.8.0-149-generic"


def test_a_package_that_leads_nowhere_is_refused() -> None:
    with pytest.raises(BadInput, match="leads to no kernel"):
        aptlists.kernel_packages({"linux-image-cloud-amd64": ()}, "linux-image-cloud-amd64")


@pytest.mark.parametrize("release", ["bookworm", "trixie", "noble"])
def test_the_ssh_server_comes_with_every_library_that_it_needs(release: str) -> None:
    needs = aptlists.dependencies(recorded(f"{release}.dropbear"))

    found = aptlists.closure(needs, TINY.packages)

    assert set(found) >= {
        "busybox-static",
        "dropbear-bin",
        "libc6",
        "libcrypt1",
        "libtomcrypt1",
        "libtommath1",
        "libgmp10",
    }
    assert len(found) == len(set(found))


def test_of_alternatives_the_first_real_package_is_taken() -> None:
    text = "a\n |Depends: b\n  Depends: c\n  Depends: <virtual>\n    d\n  PreDepends: e\nb\nc\ne\n"

    assert aptlists.dependencies(text)["a"] == ("b", "e")


@pytest.mark.parametrize("release", ["bookworm", "trixie", "noble"])
def test_the_announced_downloads_carry_version_size_and_checksum(release: str) -> None:
    found = aptlists.downloads(recorded(f"{release}.uris"))

    assert {item.file_name.split("_")[0] for item in found} == {"busybox-static", "dropbear-bin", "zlib1g"}
    lengths = {"sha256": 64, "sha512": 128}
    assert all(item.size > 50_000 and len(item.digest) == lengths[item.hash_name] for item in found)


def test_a_file_name_that_leaves_the_folder_is_refused() -> None:
    with pytest.raises(BadInput):
        aptlists.downloads("'http://x/y.deb' ..%2fetc%2fy.deb 5 SHA256:00\n")
