"""The steps about an instance's files: image, folder, disks, context and record."""

from stratus.model.argv import Argv, disks
from stratus.model.context.values import ContextDisk
from stratus.model.values import dataclass


@dataclass(frozen=True)
class CheckImage:
    """Compare the image with its checksum before anything of it is executed."""

    identifier: str
    path: str
    sha256: str

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"verify image {self.identifier}"

    def explain(self) -> tuple[Argv, ...]:
        """The command lines."""
        return (("sha256sum", self.path),)


@dataclass(frozen=True)
class MakeFolder:
    """The folder of an instance."""

    path: str

    @property
    def title(self) -> str:
        """What a person reads."""
        return "make the instance's folder"

    def explain(self) -> tuple[Argv, ...]:
        """The command lines."""
        return disks.make_directory(self.path)


@dataclass(frozen=True)
class WriteRecord:
    """The record beside the disks, from which the ledger can be rebuilt."""

    path: str
    text: str

    @property
    def title(self) -> str:
        """What a person reads."""
        return "write instance.json"

    def explain(self) -> tuple[Argv, ...]:
        """The command lines."""
        return (("install", "-m", "0600", "/dev/stdin", self.path),)


@dataclass(frozen=True)
class CloneDisk:
    """A copy-on-write clone of an image."""

    base: str
    base_format: str
    path: str
    format: str

    @property
    def title(self) -> str:
        """What a person reads."""
        return "clone the image"

    def explain(self) -> tuple[Argv, ...]:
        """The command lines."""
        return disks.clone(self.base, self.base_format, self.path, self.format, 0)


@dataclass(frozen=True)
class MakeDisk:
    """An empty disk: swap or volatile."""

    path: str
    size_mib: int
    filesystem: str

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"make a {self.size_mib} MiB {self.filesystem or 'empty'} disk"

    def explain(self) -> tuple[Argv, ...]:
        """The command lines."""
        return disks.make(self.path, self.size_mib, self.filesystem)


@dataclass(frozen=True)
class WriteContext:
    """The context disk."""

    path: str
    disk: ContextDisk

    @property
    def title(self) -> str:
        """What a person reads."""
        return "write the context disk"

    def explain(self) -> tuple[Argv, ...]:
        """The command lines."""
        return disks.write_context(self.path, self.disk.label, tuple(name for name, _ in self.disk.files))


@dataclass(frozen=True)
class RemoveFolder:
    """The end of an instance's files."""

    path: str

    @property
    def title(self) -> str:
        """What a person reads."""
        return "remove the instance's folder"

    def explain(self) -> tuple[Argv, ...]:
        """The command lines."""
        return disks.remove(self.path)


@dataclass(frozen=True)
class SetAside:
    """An instance's folder that nobody knows, or a file in one, kept where nothing uses it."""

    path: str
    into: str

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"put {self.path} aside"

    def explain(self) -> tuple[Argv, ...]:
        """The command lines."""
        return disks.put_aside(self.path, self.into)


@dataclass(frozen=True)
class SetFileAside:
    """A file that lies where it has no business, kept where nothing uses it."""

    path: str
    into: str

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"put {self.path} aside"

    def explain(self) -> tuple[Argv, ...]:
        """The command lines."""
        return disks.put_aside(self.path, self.into)
