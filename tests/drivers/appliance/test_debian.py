import subprocess
from pathlib import Path

import pytest

from stratus.drivers.appliance.debian import PROGRAMS, DebianApplianceBuilder
from stratus.drivers.appliance.packages import Packages
from stratus.drivers.appliance.tools import PACKAGE_OF, missing_packages, run
from stratus.errors import CommandFailed, DeadlineExceeded, NotFound
from tests.drivers.appliance.contract import ApplianceContract, BuildingContract


class TestDebianApplianceBuilder(ApplianceContract):
    @pytest.fixture
    def builder(self, tmp_path_factory: pytest.TempPathFactory) -> DebianApplianceBuilder:
        return DebianApplianceBuilder(str(tmp_path_factory.mktemp("packages")))


@pytest.mark.live
class TestDebianBuilding(BuildingContract):
    @pytest.fixture
    def builder(self, package_cache: str) -> DebianApplianceBuilder:
        return DebianApplianceBuilder(package_cache)


@pytest.mark.live
def test_the_image_is_sound_and_stands_alone(tiny_image: Path) -> None:
    argv = ["qemu-img", "check", "-f", "qcow2", str(tiny_image)]
    assert subprocess.run(argv, capture_output=True, timeout=60, check=False).returncode == 0
    told = run(["qemu-img", "info", "--output=json", "-f", "qcow2", str(tiny_image)], timeout_s=30)
    assert b"backing" not in told and b"data-file" not in told


def test_missing_programs_are_named_as_packages_to_install(tmp_path: Path) -> None:
    builder = DebianApplianceBuilder(str(tmp_path / "cache"), missing=lambda programs: ("mtools", "syslinux"))

    with pytest.raises(CommandFailed, match="needs mtools, syslinux") as caught:
        builder.build("tiny", str(tmp_path / "image"), progress=lambda phase, done, total: None)

    assert caught.value.hint == "apt-get install mtools syslinux"
    assert not (tmp_path / "image").exists()


def test_every_program_that_is_used_has_its_package() -> None:
    assert set(PROGRAMS) <= set(PACKAGE_OF)
    assert missing_packages(["no-such-program-here", "sh"]) == ("no-such-program-here",)


def empty_apt(folder: Path) -> dict[str, str]:
    """An apt whose lists were never fetched."""
    (folder / "lists").mkdir()
    (folder / "status").write_text("")
    (folder / "apt.conf").write_text(
        f'Dir::State "{folder}";\nDir::State::status "{folder}/status";\nDir::Cache "{folder}";\nDir::Etc "{folder}";\n'
    )
    return {"APT_CONFIG": str(folder / "apt.conf")}


def test_without_package_lists_the_hint_is_to_fetch_them(tmp_path: Path) -> None:
    (tmp_path / "apt").mkdir()
    packages = Packages(tmp_path / "cache", empty_apt(tmp_path / "apt"))

    with pytest.raises(NotFound, match="offers none of linux-image-cloud-amd64") as caught:
        packages.choose(("linux-image-cloud-amd64",))
    assert caught.value.hint == "apt-get update"
    with pytest.raises((NotFound, CommandFailed)) as caught_too:
        packages.with_dependencies(("dropbear-bin",))
    assert caught_too.value.hint == "apt-get update"


def test_a_program_that_hangs_meets_its_deadline() -> None:
    with pytest.raises(DeadlineExceeded, match=r"0\.2 s"):
        run(["sleep", "30"], timeout_s=0.2)


def test_a_program_that_fails_is_quoted() -> None:
    with pytest.raises(CommandFailed, match="No such file"):
        run(["ls", "/no/such/folder"], timeout_s=10)
