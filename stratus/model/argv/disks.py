"""The command lines behind the disks door. The door runs them on a name aside and renames the file when all is done."""

import posixpath
import uuid

from stratus.errors import BadInput
from stratus.model.argv import Argv

FORMATS = ("raw", "qcow2")
SWAP_LABEL = "swap"
VOLATILE_LABEL = "volatile"

# qemu-img only writes headers here; what it reads of the base was verified, but is still a user's.
_QEMU_IMG: Argv = ("prlimit", "--as=2147483648", "--cpu=30", "--", "qemu-img")


def clone_format(base_format: str, reflinks: bool) -> str:
    """What a clone of such an image is: a raw reflink copy where the file system can share blocks, else an overlay."""
    return "raw" if base_format == "raw" and reflinks else "qcow2"


def clone(base: str, base_format: str, path: str, format: str, size_bytes: int = 0) -> tuple[Argv, ...]:
    """A copy-on-write clone; `size_bytes` > 0 is its size as the guest sees it. Neither way reads the base's data."""
    _check_path(base)
    _check_path(path)
    if base_format not in FORMATS or format not in FORMATS or (format == "raw" and base_format != "raw"):
        raise BadInput(f"an image in format {base_format!r} cannot be cloned as {format!r}")
    if size_bytes < 0 or size_bytes % 512:
        raise BadInput(f"{size_bytes} bytes is not the size of a disk: it has whole sectors of 512 bytes")
    if format == "qcow2":
        size = (str(size_bytes),) if size_bytes else ()
        return ((*_QEMU_IMG, "create", "-q", "-f", "qcow2", "-F", base_format, "-b", base, path, *size),)
    copy: Argv = ("cp", "--reflink=always", base, path)
    return (copy, ("truncate", f"--size={size_bytes}", path)) if size_bytes else (copy,)


def make(path: str, size_mib: int, filesystem: str = "", *, identity: str = "") -> tuple[Argv, ...]:
    """A new sparse raw disk. The same path gives the same bytes: the file system's UUID is made from `identity`, the
    path that the disk will have in the end (`path` if not given)."""
    _check_path(path)
    if size_mib <= 0:
        raise BadInput(f"a disk of {size_mib} MiB is not possible")
    sparse: Argv = ("truncate", f"--size={size_mib}M", path)
    name = str(uuid.uuid5(uuid.NAMESPACE_URL, f"file://{identity or path}"))
    if filesystem == "":
        return (sparse,)
    if filesystem == "swap":
        return (sparse, ("mkswap", "--quiet", "--label", SWAP_LABEL, "--uuid", name, path))
    if filesystem == "ext4":
        return (sparse, _mkfs_ext4(path, name))
    raise BadInput(f"unknown file system {filesystem!r}", hint="one of: swap, ext4")


def _mkfs_ext4(path: str, name: str) -> Argv:
    """Its tables are left to the guest to write, so that the cost does not grow with the size."""
    lazy = f"hash_seed={name},lazy_itable_init=1,lazy_journal_init=1,nodiscard,root_owner=0:0"
    return ("env", "E2FSPROGS_FAKE_TIME=1", "mkfs.ext4", "-q", "-F", "-m", "0", "-L", VOLATILE_LABEL, "-U", name, "-E",
            lazy, path)  # fmt: skip


def write_context(path: str, label: str, names: tuple[str, ...]) -> tuple[Argv, ...]:
    """What would make the same disk by hand, in a folder with the files; the door writes it itself, with pycdlib."""
    return (("genisoimage", "-quiet", "-volid", label, "-rational-rock", "-joliet", "-output", path, "--", *names),)


def make_directory(path: str) -> tuple[Argv, ...]:
    """An instance's directory: others may pass through it (the hypervisor's user must), and not look around."""
    instance_directory(path)
    return (("install", "--directory", "--mode=0711", path),)


def remove(path: str) -> tuple[Argv, ...]:
    """The end of an instance's directory."""
    instance_directory(path)
    return (("rm", "-rf", "--one-file-system", path),)


def put_aside(path: str, into: str) -> tuple[Argv, ...]:
    """Out of the way, and not gone; a name that is taken there gets a number."""
    _check_path(path)
    _check_path(into)
    return (("mv", "--no-clobber", path, f"{into}/"),)


def of_an_instance(path: str) -> None:
    """Raise BadInput unless `path` is the directory of an instance, or lies right in one."""
    _check_path(path)
    parent, name = posixpath.split(path)
    if not (name.isascii() and name.isdigit()):
        instance_directory(parent)


def instance_directory(path: str) -> tuple[str, str]:
    """(parent, name) of `path`. Raises BadInput unless it is absolute, without detours, and its name is an instance's
    number: nothing else is ever removed as a whole."""
    _check_path(path)
    parent, name = posixpath.split(path)
    if not (name.isascii() and name.isdigit()) or parent == "/":
        raise BadInput(f"{path!r} is not the directory of an instance")
    return parent, name


def _check_path(path: str) -> None:
    if not path.startswith("/") or path.startswith("//") or posixpath.normpath(path) != path or "\0" in path:
        raise BadInput(f"{path!r} is not an absolute path without detours")
