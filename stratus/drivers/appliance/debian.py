"""The appliance builder of a Debian or Ubuntu machine: its own packages and some plain files make an image."""

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from stratus.drivers.appliance.disk import make_boot_disk, size_mib_for, to_qcow2
from stratus.drivers.appliance.initramfs import kernel_in, make_tree, pack
from stratus.drivers.appliance.packages import Packages, Wanted, unpack
from stratus.drivers.appliance.recipes import RECIPES, Recipe
from stratus.drivers.appliance.steps import BuildSteps, Workshop, build_steps, make_disk, workshop
from stratus.drivers.appliance.tools import install_hint, missing_packages
from stratus.drivers.appliance.turns import turn
from stratus.drivers.images.protocol import Doing, Progress, unrecorded
from stratus.errors import CommandFailed, NotFound
from stratus.model.plan import PlannedStep

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

    def target(self, recipe: str) -> str:
        """Where it is built: in the cache."""
        _require_known(recipe)
        return str(self._packages.cache_dir / f"{recipe}.img")

    def turn(self, recipe: str) -> AbstractContextManager[None]:
        """Have that file alone."""
        return turn(Path(self.target(recipe)))

    def steps(self, recipe: str, target: str) -> tuple[tuple[PlannedStep, ...], str]:
        """What `build` would do; apt is asked, and downloads nothing."""
        wanted = self._wanted(self._chosen(recipe))
        return self._steps(wanted, workshop(Path(target))).all, "qcow2"

    def build(self, recipe: str, target: str, *, progress: Progress, doing: Doing = unrecorded) -> str:
        """Write the image to the file `target`, whole or not at all; gives its format, qcow2."""
        chosen, shop = self._chosen(recipe), workshop(Path(target))
        shutil.rmtree(shop.folder, ignore_errors=True)  # of one that was killed
        try:
            shop.folder.mkdir(parents=True)
            self._build(chosen, shop, progress, doing)
        finally:
            shutil.rmtree(shop.folder, ignore_errors=True)
        return "qcow2"

    def _chosen(self, recipe: str) -> Recipe:
        chosen = _require_known(recipe)
        absent = self._missing(PROGRAMS)
        if absent:
            raise CommandFailed(f"building an image needs {', '.join(absent)}", hint=install_hint(absent))
        return chosen

    def _wanted(self, recipe: Recipe) -> Sequence[Wanted]:
        kernel = self._packages.kernel(self._packages.choose(recipe.kernels))
        return self._packages.wanted((*kernel, *self._packages.with_dependencies(recipe.packages, recipe.without)))

    def _steps(self, wanted: Sequence[Wanted], shop: Workshop) -> BuildSteps:
        missing = [each.name for each in wanted if not self._packages.has(each)]
        return build_steps(missing, [self._packages.path(each) for each in wanted], shop)

    def _build(self, recipe: Recipe, shop: Workshop, progress: Progress, doing: Doing) -> None:
        progress("resolve", 0, 0)
        wanted = self._wanted(recipe)
        steps = self._steps(wanted, shop)
        with doing(steps.fetch):
            files = self._packages.fetch(wanted, progress=progress)
        with doing(steps.unpack):
            unpack(files, shop.unpacked, progress=progress)
        progress("assemble", 0, 0)
        syslinux_cfg, vmlinuz, initrd = shop.boot_files
        with doing(steps.lay_out):
            make_tree(recipe, [_FILES / tree / "root" for tree in recipe.trees], shop.unpacked, shop.root)
            shutil.copyfile(kernel_in(shop.unpacked)[0], vmlinuz)
            shutil.copyfile(_FILES / recipe.trees[0] / "syslinux.cfg", syslinux_cfg)
        with doing(steps.pack):
            pack(shop.root, initrd)
        progress("write", 0, 0)
        with doing(make_disk(shop, size_mib_for(shop.boot_files))):
            make_boot_disk(shop.boot_files, shop.raw)
        with doing(steps.convert):
            to_qcow2(shop.raw, shop.qcow2)
            size = _put(shop.qcow2, shop.target)
        progress("write", size, size)


def _put(source: Path, target: Path) -> int:
    """Move a file to its place, for good; its size."""
    with source.open("rb") as file:
        os.fsync(file.fileno())
    os.replace(source, target)
    return target.stat().st_size


def _require_known(recipe: str) -> Recipe:
    if recipe not in RECIPES:
        raise NotFound(f"no recipe is called {recipe}", hint=f"one of: {', '.join(RECIPES)}")
    return RECIPES[recipe]
