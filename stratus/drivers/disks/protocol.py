"""The disks door: the files that one instance owns on a node."""

from typing import Protocol

from stratus.model.context.values import ContextDisk
from stratus.model.inspection import FolderSeen, Space


class Disks(Protocol):
    """Files of instances, by absolute path, mode 0600; a missing directory is made on the way.

    Calls are safe to repeat, and a half-written file never has its final name. All raise NoCapacity when the file
    system is full, CommandFailed with a program's own words, BadInput for what makes no sense."""

    def make_directory(self, directory: str) -> None:
        """An instance's directory (named by its number), mode 0711; nothing happens if it is there."""
        ...

    def clone(self, base: str, base_format: str, path: str, format: str, *, size_bytes: int = 0) -> str:
        """A copy-on-write clone of the read-only `base` at `path`; `size_bytes` > 0 grows it.

        `format` is what model.argv.disks.clone_format chose: raw (a reflink copy) or qcow2 (an overlay). Gives the
        format. A clone that is there already stays as it is: it may be in use. Raises NotFound without the base."""
        ...

    def make(self, path: str, size_mib: int, *, filesystem: str = "") -> None:
        """A new raw, sparse disk; `filesystem` is "", "swap" (label swap) or "ext4" (label volatile). A disk that is
        there already stays as it is."""
        ...

    def write_context(self, path: str, disk: ContextDisk) -> None:
        """An ISO 9660 image (Rock Ridge and Joliet) of the context files; replaces an older one."""
        ...

    def write_record(self, path: str, text: str) -> None:
        """A small file beside the disks, written aside, synced and renamed; replaces an older one."""
        ...

    def reflinks(self, directory: str) -> bool:
        """Whether the file system of `directory` can share blocks between files; tried, not guessed. A directory
        that is still to be made is taken to be where its nearest parent is."""
        ...

    def remove(self, directory: str) -> None:
        """An instance's directory with all that is in it; nothing happens if it is gone. Raises BadInput for anything
        that is not named by an instance's number, and for a symbolic link."""
        ...

    def put_aside(self, path: str, into: str) -> None:
        """Move an instance's directory, or a file in one, into the directory `into` of the same file system, where
        nothing uses it and nothing of it is lost; nothing happens if it is gone. Raises BadInput for other paths."""
        ...

    def folders(self, parent: str) -> tuple[FolderSeen, ...]:
        """The instance directories below `parent`, in the order of their numbers, with what is in them."""
        ...

    def space(self, directory: str) -> Space:
        """What is left on the file system of a directory that may still have to be made."""
        ...
