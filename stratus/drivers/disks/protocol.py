"""The disks door: the files that one instance owns on a node."""

from typing import Protocol

from stratus.model.context import ContextDisk


class Disks(Protocol):
    """Files of instances, by absolute path. Calls are safe to repeat; a half-written file never has its final name."""

    def clone(self, base: str, base_format: str, path: str, format: str, *, size_bytes: int = 0) -> str:
        """A copy-on-write clone of the read-only `base` at `path`; `size_bytes` > 0 grows it.

        `format` is what model.argv.disks.clone_format chose: raw (a reflink copy) or qcow2 (an overlay). Gives the
        format. Raises CommandFailed, NoCapacity when the file system is full."""
        ...

    def make(self, path: str, size_mib: int, *, filesystem: str = "") -> None:
        """A new raw, sparse disk; `filesystem` is "", "swap" or "ext4" (labelled for the guest)."""
        ...

    def write_context(self, path: str, disk: ContextDisk) -> None:
        """An ISO 9660 image (Rock Ridge and Joliet) of the context files, mode 0600."""
        ...

    def write_record(self, path: str, text: str) -> None:
        """A small file beside the disks, written aside, synced and renamed."""
        ...

    def reflinks(self, directory: str) -> bool:
        """Whether the file system of `directory` can share blocks between files."""
        ...

    def remove(self, directory: str) -> None:
        """An instance's directory with all that is in it; nothing happens if it is gone."""
        ...

    def directories(self, parent: str) -> list[str]:
        """The names of the instance directories below `parent`."""
        ...
