"""Choose the kernel modules that a guest needs, in an order in which they can be inserted."""

import lzma
from collections.abc import Callable
from pathlib import Path

from stratus.drivers.appliance.tools import run
from stratus.errors import BadInput
from stratus.model.values import dataclass

_SUFFIXES = (".ko", ".ko.xz", ".ko.zst")


def load_order(wanted: tuple[str, ...], needs: Callable[[str], tuple[str, ...]]) -> tuple[str, ...]:
    """The modules with all that they need, each after what it needs. Raises BadInput for a circle."""
    order: list[str] = []
    open_now: list[str] = []

    def visit(name: str) -> None:
        if name in order:
            return
        if name in open_now:
            raise BadInput(f"the kernel modules {' -> '.join([*open_now, name])} need each other")
        open_now.append(name)
        for need in needs(name):
            visit(need)
        open_now.pop()
        order.append(name)

    for name in wanted:
        visit(name)
    return tuple(order)


def canonical(name: str) -> str:
    """The kernel's own spelling: `virtio-rng.ko` is the module virtio_rng."""
    return name.replace("-", "_")


@dataclass(frozen=True)
class ModuleTree:
    """The modules below an unpacked lib/modules/VERSION: files by name, and what the kernel has built in."""

    files: dict[str, Path]
    built_in: frozenset[str]

    @classmethod
    def read(cls, folder: Path) -> "ModuleTree":
        """Read the tree; `folder` holds modules.builtin and kernel/."""
        files = {}
        for path in sorted((folder / "kernel").rglob("*.ko*")):
            if path.name.endswith(_SUFFIXES):
                files[canonical(path.name.split(".ko")[0])] = path
        built_in = (folder / "modules.builtin").read_text().split()
        return cls(files, frozenset(canonical(Path(line).stem) for line in built_in))

    def missing(self, wanted: tuple[str, ...]) -> tuple[str, ...]:
        """Those that are neither a file nor built in."""
        return tuple(
            name for name in wanted if canonical(name) not in self.files and canonical(name) not in self.built_in
        )

    def install(self, wanted: tuple[str, ...], folder: Path) -> tuple[str, ...]:
        """Copy the modules and what they need to `folder`, decompressed; gives their load order."""

        def needs(name: str) -> tuple[str, ...]:
            if name not in self.files:
                raise BadInput(f"the kernel lacks the module {name}")
            target = folder / f"{name}.ko"
            if not target.exists():
                target.write_bytes(_decompressed(self.files[name]))
            text = run(["modinfo", "-F", "depends", str(target)], timeout_s=30).decode().strip()
            names = [canonical(need) for need in text.split(",") if need]
            return tuple(need for need in names if need not in self.built_in)

        return load_order(tuple(name for name in map(canonical, wanted) if name in self.files), needs)


def _decompressed(path: Path) -> bytes:
    if path.name.endswith(".xz"):
        return lzma.decompress(path.read_bytes())
    if path.name.endswith(".zst"):
        return run(["zstd", "-dcq", str(path)], timeout_s=60)
    return path.read_bytes()
