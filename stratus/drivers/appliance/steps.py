"""The steps by which a recipe becomes an image, with the files that lie between them."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from stratus.model.argv import appliance as argv
from stratus.model.plan import PlannedStep
from stratus.model.values import dataclass

T = TypeVar("T")
_BATCH = 12
BOOT_FILES = ("syslinux.cfg", "vmlinuz", "initrd.zst")


@dataclass(frozen=True)
class Workshop:
    """Where one image is made: a folder beside its target, gone afterwards."""

    folder: Path
    target: Path

    @property
    def unpacked(self) -> Path:
        """What is in the packages."""
        return self.folder / "unpacked"

    @property
    def root(self) -> Path:
        """The guest's files."""
        return self.folder / "root"

    @property
    def boot_files(self) -> tuple[Path, ...]:
        """What the disk boots."""
        return tuple(self.folder / name for name in BOOT_FILES)

    @property
    def raw(self) -> Path:
        """The disk as a plain file."""
        return self.folder / "disk.raw"

    @property
    def qcow2(self) -> Path:
        """The disk as it is handed over."""
        return self.folder / "disk.qcow2"


def workshop(target: Path) -> Workshop:
    """The one beside `target`."""
    return Workshop(target.with_name(f".{target.name}.work"), target)


@dataclass(frozen=True)
class BuildSteps:
    """Each step of a build."""

    fetch: PlannedStep
    unpack: PlannedStep
    lay_out: PlannedStep
    pack: PlannedStep
    make_disk: PlannedStep
    convert: PlannedStep

    @property
    def all(self) -> tuple[PlannedStep, ...]:
        """In their order."""
        return (self.fetch, self.unpack, self.lay_out, self.pack, self.make_disk, self.convert)


def build_steps(missing: Sequence[str], files: Sequence[Path], shop: Workshop) -> BuildSteps:
    """The steps for packages whose `files` are in the cache, but for those of the packages that are `missing`."""
    return BuildSteps(
        PlannedStep("fetch the packages", tuple(argv.fetch(some) for some in batches(missing))),
        PlannedStep("unpack them", tuple(argv.unpack(str(file), str(shop.unpacked)) for file in files)),
        PlannedStep("lay out the guest's files", ()),
        PlannedStep("pack them for the kernel", (argv.archive(), argv.pack())),
        make_disk(shop),
        PlannedStep(
            "write it as qcow2",
            (argv.to_qcow2(str(shop.raw), str(shop.qcow2)), ("mv", str(shop.qcow2), str(shop.target))),
        ),
    )


def batches(packages: Sequence[T]) -> Iterator[Sequence[T]]:
    """What is downloaded by one call: apt takes half a second for each, whatever it brings."""
    return (packages[first : first + _BATCH] for first in range(0, len(packages), _BATCH))


def make_disk(shop: Workshop, size_mib: int | None = None) -> PlannedStep:
    """The step that makes the disk; None: its size is not known before the files are packed."""
    raw = str(shop.raw)
    commands = (
        ("truncate", f"--size={'SIZE' if size_mib is None else size_mib}M", raw),
        argv.make_file_system(raw),
        argv.put_in(raw, [str(file) for file in shop.boot_files]),
        argv.make_bootable(raw),
    )
    return PlannedStep("make a disk that boots", commands)
