"""The disks door without a disk: what was asked for, by path."""

import posixpath
import threading
from collections.abc import Callable, MutableMapping
from typing import Any

from stratus.errors import NoCapacity, NotFound
from stratus.model.argv import Argv, disks
from stratus.model.context.values import ContextDisk
from stratus.model.inspection import FolderSeen, Space

Content = tuple[Argv, ...] | ContextDisk | str


class MemoryDisks:
    """Implements `Disks`. `files`: by path, the commands that would have made it, the context disk, or the text;
    `left`: the space there is, as anybody wants it to be."""

    def __init__(
        self,
        *,
        has_base: Callable[[str], bool] = lambda path: True,
        reflinks: bool = False,
        room_for_files: int | None = None,
        tables: Callable[[str], MutableMapping[str, Any]] = lambda name: {},
    ) -> None:
        """`has_base` says whether an image is there to be cloned; `room_for_files` is how many files fit at all;
        `tables` makes what it remembers things in, by a name for each."""
        self.files: MutableMapping[str, Content] = tables("files")
        self._directories: MutableMapping[str, None] = tables("directories")
        self._has_base = has_base
        self._reflinks = reflinks
        self._room = room_for_files
        self.left = Space(80_000, 100_000)
        self._lock = threading.Lock()

    def make_directory(self, directory: str) -> None:
        """See the protocol."""
        disks.instance_directory(directory)
        with self._lock:
            self._directories[directory] = None

    def clone(self, base: str, base_format: str, path: str, format: str, *, size_bytes: int = 0) -> str:
        """See the protocol."""
        commands = disks.clone(base, base_format, path, format, size_bytes)
        if path not in self.files:
            if not self._has_base(base):
                raise NotFound(f"there is no image {base}", hint="stratus image list")
            self._keep(path, commands)
        return format

    def make(self, path: str, size_mib: int, *, filesystem: str = "") -> None:
        """See the protocol."""
        commands = disks.make(path, size_mib, filesystem)
        if path not in self.files:
            self._keep(path, commands)

    def write_context(self, path: str, disk: ContextDisk) -> None:
        """See the protocol."""
        self._keep(path, disk)

    def write_record(self, path: str, text: str) -> None:
        """See the protocol."""
        self._keep(path, text)

    def reflinks(self, directory: str) -> bool:
        """See the protocol."""
        return self._reflinks

    def remove(self, directory: str) -> None:
        """See the protocol."""
        disks.instance_directory(directory)
        with self._lock:
            self._directories.pop(directory, None)
            for path in [path for path in self.files if path.startswith(f"{directory}/")]:
                del self.files[path]

    def put_aside(self, path: str, into: str) -> None:
        """See the protocol."""
        disks.of_an_instance(path)
        kept = f"{into}/{posixpath.basename(path)}"
        with self._lock:
            if path in self._directories:
                del self._directories[path]
                self._directories[kept] = None
            for file in [file for file in self.files if file == path or file.startswith(f"{path}/")]:
                self.files[kept + file.removeprefix(path)] = self.files.pop(file)

    def folders(self, parent: str) -> tuple[FolderSeen, ...]:
        """See the protocol."""
        return tuple(self._folder(f"{parent}/{name}") for name in self.directories(parent))

    def space(self, directory: str) -> Space:
        """See the protocol."""
        return self.left

    def directories(self, parent: str) -> list[str]:
        """See the protocol."""
        with self._lock:
            found = [name for above, name in map(posixpath.split, self._directories) if above == parent]
        return sorted((name for name in found if name.isdecimal()), key=int)

    def _folder(self, directory: str) -> FolderSeen:
        with self._lock:
            found = {path: text for path, text in self.files.items() if posixpath.dirname(path) == directory}
        record = found.get(f"{directory}/instance.json", "")
        names = tuple(sorted(map(posixpath.basename, found)))
        return FolderSeen(int(posixpath.basename(directory)), names, record if isinstance(record, str) else "")

    def _keep(self, path: str, content: Content) -> None:
        with self._lock:
            if self._room is not None and path not in self.files and len(self.files) >= self._room:
                raise NoCapacity(f"no space left for {path}: {self._room} files are there")
            self.files[path] = content
            self._directories[posixpath.dirname(path)] = None
