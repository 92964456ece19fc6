"""The appliance builder of a Debian or Ubuntu machine: its own packages and some plain files make an image."""

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from stratus.drivers.appliance.disk import make_boot_disk, to_qcow2
from stratus.drivers.appliance.initramfs import kernel_in, make_tree, pack
from stratus.drivers.appliance.packages import Packages, unpack
from stratus.drivers.appliance.recipes import RECIPES, Recipe
from stratus.drivers.appliance.tools import install_hint, missing_packages
from stratus.drivers.images.protocol import Progress
from stratus.errors import CommandFailed, NotFound

PROGRAMS = ("apt-cache", "apt-get", "cpio", "dpkg-deb", "mcopy", "mkfs.vfat", "modinfo", "qemu-img", "syslinux", "zstd")
_FILES = Path(__file__).parent


class DebianApplianceBuilder:
    """Builds from packages that apt offers on this machine; installs nothing and needs no root.

    Package files are kept in `cache_dir` under their names, versions included. `env` adds to the environment of the
    programs, for example APT_CONFIG for the packages of another release."""

    def __init__(
        self,
        cache_dir: str,
        *,
        env: Mapping[str, str] | None = None,
        missing: Callable[[tuple[str, ...]], tuple[str, ...]] = missing_packages,
    ) -> None:
        self._packages = Packages(Path(cache_dir), dict(env or {}))
        self._missing = missing

    def recipes(self) -> tuple[tuple[str, str], ...]:
        """(name, one line about it) of each recipe."""
        return tuple((recipe.name, recipe.summary) for recipe in RECIPES.values())

    def build(self, recipe: str, target: str, *, progress: Progress) -> str:
        """Write the image to the file `target`, whole or not at all; gives its format, qcow2."""
        chosen = RECIPES.get(recipe)
        if chosen is None:
            raise NotFound(f"no recipe is called {recipe}", hint=f"one of: {', '.join(RECIPES)}")
        absent = self._missing(PROGRAMS)
        if absent:
            raise CommandFailed(f"building an image needs {', '.join(absent)}", hint=install_hint(absent))
        with tempfile.TemporaryDirectory(prefix="stratus-appliance-") as folder:
            self._build(chosen, Path(folder), Path(target), progress)
        return "qcow2"

    def _build(self, recipe: Recipe, work: Path, target: Path, progress: Progress) -> None:
        progress("resolve", 0, 0)
        kernel = self._packages.kernel(self._packages.choose(recipe.kernels))
        others = self._packages.with_dependencies(recipe.packages)
        files = self._packages.fetch((*kernel, *others), progress=progress)
        unpacked, root = work / "unpacked", work / "root"
        unpack(files, unpacked, progress=progress)
        progress("assemble", 0, 0)
        make_tree(recipe, _FILES / recipe.name / "root", unpacked, root)
        pack(root, work / "initrd.zst")
        shutil.copyfile(kernel_in(unpacked)[0], work / "vmlinuz")
        shutil.copyfile(_FILES / recipe.name / "syslinux.cfg", work / "syslinux.cfg")
        progress("write", 0, 0)
        make_boot_disk((work / "syslinux.cfg", work / "vmlinuz", work / "initrd.zst"), work / "disk.raw")
        to_qcow2(work / "disk.raw", work / "disk.qcow2")
        size = (work / "disk.qcow2").stat().st_size
        _put(work / "disk.qcow2", target)
        progress("write", size, size)


def _put(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        shutil.copyfile(source, aside)
        with aside.open("rb") as file:
            os.fsync(file.fileno())
        os.replace(aside, target)
    finally:
        aside.unlink(missing_ok=True)
