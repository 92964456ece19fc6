"""The guest's system: a tree of files from packages, modules and the recipe's own, packed as the kernel reads it."""

import os
import shutil
import stat
from collections.abc import Sequence
from pathlib import Path

from stratus.drivers.appliance.modules import ModuleTree
from stratus.drivers.appliance.recipes import Recipe
from stratus.drivers.appliance.tools import run
from stratus.errors import BadInput
from stratus.model.argv import appliance as argv

_FOLDERS = ("bin", "dev", "lib/modules", "mnt", "proc", "root", "run", "sys", "tmp", "usr", "var/log")
# Every program lies in /bin, every library in /lib, whatever path it is asked by.
_LINKS = {
    "sbin": "bin",
    "lib64": "lib",
    "usr/bin": "../bin",
    "usr/sbin": "../bin",
    "usr/lib": "../lib",
    "var/run": "../run",
}


def kernel_in(unpacked: Path) -> tuple[Path, Path]:
    """(kernel image, its module folder) among unpacked packages. Raises BadInput."""
    images = sorted(unpacked.glob("boot/vmlinuz-*"))
    if not images:
        raise BadInput("the kernel package holds no /boot/vmlinuz")
    version = images[-1].name.removeprefix("vmlinuz-")
    for folder in (unpacked / "usr/lib/modules" / version, unpacked / "lib/modules" / version):
        if (folder / "kernel").is_dir():
            return images[-1], folder
    raise BadInput(f"the kernel package holds no modules of {version}")


def make_tree(recipe: Recipe, trees: Sequence[Path], unpacked: Path, root: Path) -> None:
    """Lay out the guest's root folder: the recipe's `trees`, programs with their libraries, modules by group."""
    for name in _FOLDERS:
        (root / name).mkdir(parents=True)
    for name, target in _LINKS.items():
        (root / name).symlink_to(target)
    for files in trees:
        _copy_files(files, root)
    for name in recipe.programs:
        _install_program(_find_program(unpacked, name), name if "/" in name else f"bin/{name}", unpacked, root)
    _check_applets(recipe, root / "bin/busybox")
    _install_modules(recipe, ModuleTree.read(kernel_in(unpacked)[1]), root / "lib/modules")


def pack(root: Path, target: Path) -> None:
    """Write the tree as a cpio archive compressed by zstd; the same tree gives the same bytes."""
    names = sorted(path.relative_to(root).as_posix() for path in root.rglob("*"))
    for name in names:
        os.utime(root / name, (0, 0), follow_symlinks=False)
    stdin = "".join(f"{name}\0" for name in names).encode()
    archive = run(list(argv.archive()), timeout_s=60, cwd=root, stdin=stdin)
    target.write_bytes(run(list(argv.pack()), timeout_s=120, stdin=archive))


def _copy_files(files: Path, root: Path) -> None:
    for source in sorted(files.rglob("*")):
        if not source.is_file():
            continue
        target = root / source.relative_to(files)
        target.parent.mkdir(parents=True, exist_ok=True)
        content = source.read_bytes()
        target.write_bytes(content)
        # What a checkout or a wheel made of the file modes does not matter.
        target.chmod(0o755 if content.startswith(b"#!") else 0o600 if target.name == "shadow" else 0o644)


def _find_program(unpacked: Path, name: str) -> Path:
    for folder in ("",) if "/" in name else ("bin", "sbin", "usr/bin", "usr/sbin"):
        path = unpacked / folder / name
        if path.is_file():
            return path
    raise BadInput(f"no package brought the program {name}")


def _install_program(program: Path, name: str, unpacked: Path, root: Path) -> None:
    target = root / name
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(program, target)
    target.chmod(0o755 | program.stat().st_mode & stat.S_ISUID)
    loader = _find_loader(unpacked)
    if loader is None or b"ld-linux" not in program.read_bytes()[:4096]:
        return  # statically linked
    # The unpacked loader itself says which libraries it would load, wherever the distribution keeps them.
    text = run([str(loader), "--library-path", _library_path(unpacked), "--list", str(program)], timeout_s=30).decode()
    libraries = [Path(line.split(" => ", 1)[1].split(" (", 1)[0]) for line in text.splitlines() if " => " in line]
    for library in (loader, *libraries):
        if not library.is_relative_to(unpacked):
            raise BadInput(f"no package brought the library {library.name} of {program.name}")
        copy = root / "lib" / library.name
        shutil.copyfile(library, copy)
        copy.chmod(0o755)


def _find_loader(unpacked: Path) -> Path | None:
    # Not /lib64/...: it is an absolute link in older packages, and would lead to the loader of this machine.
    found = [path for path in unpacked.rglob("ld-linux-x86-64.so.2") if path.is_file() and not path.is_symlink()]
    return found[0] if found else None


def _library_path(unpacked: Path) -> str:
    return ":".join(str(unpacked / folder / "x86_64-linux-gnu") for folder in ("lib", "usr/lib"))


def _check_applets(recipe: Recipe, busybox: Path) -> None:
    have = set(run([str(busybox), "--list"], timeout_s=30).decode().split())
    absent = sorted(set(recipe.applets) - have)
    if absent:
        raise BadInput(f"this machine's busybox-static lacks: {' '.join(absent)}")


def _install_modules(recipe: Recipe, tree: ModuleTree, folder: Path) -> None:
    absent = tree.missing(recipe.needed_modules)
    if absent:
        raise BadInput(f"this kernel lacks what the appliance needs: {' '.join(absent)}")
    for group, modules in recipe.module_groups:
        order = tree.install(modules, folder)
        (folder / f"{group}.order").write_text("".join(f"{name}\n" for name in order))
