"""Bring Debian packages here without installing them: ask apt, download what the cache lacks, unpack into a folder."""

import hashlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path

from stratus.drivers.appliance import aptlists
from stratus.drivers.appliance.steps import batches
from stratus.drivers.appliance.tools import run
from stratus.drivers.images.protocol import Progress
from stratus.errors import CommandFailed, NotFound
from stratus.model.argv import appliance as argv
from stratus.model.values import dataclass

_ASK_S = 60
_DOWNLOAD_S = 600
_UNPACK_S = 300
_DEPENDS_ONLY = ["--no-recommends", "--no-suggests", "--no-conflicts", "--no-breaks", "--no-replaces", "--no-enhances"]
_STALE = "apt-get update"


@dataclass(frozen=True)
class Wanted:
    """A package, and the file that apt would download for it."""

    name: str
    item: aptlists.Download


@dataclass(frozen=True)
class Packages:
    """The machine's apt, with a cache of package files by name and version. `env` may name another APT_CONFIG."""

    cache_dir: Path
    env: Mapping[str, str] = field(default_factory=dict)

    def choose(self, candidates: tuple[str, ...]) -> str:
        """The first of the packages that apt offers. Raises NotFound."""
        offered = aptlists.offered(self._ask(["policy", *candidates]))
        for name in candidates:
            if name in offered:
                return name
        raise NotFound(f"apt offers none of {', '.join(candidates)}", hint=_STALE)

    def kernel(self, wanted: str) -> tuple[str, ...]:
        """The versioned packages that the kernel `wanted` stands for."""
        return aptlists.kernel_packages(self._needs([wanted]), wanted)

    def with_dependencies(self, wanted: tuple[str, ...], without: tuple[str, ...] = ()) -> tuple[str, ...]:
        """The packages and all that they depend on, but for those `without`. Raises NotFound for one that apt does not
        know."""
        needs = self._needs(list(wanted))
        absent = [name for name in wanted if name not in needs]
        if absent:
            raise NotFound(f"apt does not know {', '.join(absent)}", hint=_STALE)
        return aptlists.closure(needs, wanted, without)

    def wanted(self, names: tuple[str, ...]) -> tuple["Wanted", ...]:
        """What apt would download for the packages. Raises NotFound."""
        text = run([*argv.APT_GET, "download", "--print-uris", *names], timeout_s=_ASK_S, env=self.env).decode()
        found = aptlists.downloads(text)
        if len(found) != len(names):
            raise NotFound(f"apt offers a download for {len(found)} of {', '.join(names)}", hint=_STALE)
        by_name = {item.file_name.split("_", 1)[0]: item for item in found}
        return tuple(Wanted(name, by_name[name]) for name in names)

    def path(self, wanted: "Wanted") -> Path:
        """Where its file is, or will be, in the cache."""
        return self.cache_dir / wanted.item.file_name

    def has(self, wanted: "Wanted") -> bool:
        """Whether the cache has its file, whole and unchanged."""
        return _is_good(self.path(wanted), wanted.item)

    def fetch(self, wanted: Sequence["Wanted"], *, progress: Progress) -> tuple[Path, ...]:
        """The packages' files, in the cache, their checksums verified; only what is not there is downloaded."""
        self.cache_dir.mkdir(parents=True, exist_ok=True)
        missing = [each for each in wanted if not self.has(each)]
        total = sum(each.item.size for each in wanted)
        done = total - sum(each.item.size for each in missing)
        progress("download", done, total)
        for some in batches(missing):
            self._download(some)
            done += sum(each.item.size for each in some)
            progress("download", done, total)
        return tuple(self.path(each) for each in wanted)

    def _download(self, some: Sequence["Wanted"]) -> None:
        # Aside, then renamed: two builds at once do each other no harm.
        with tempfile.TemporaryDirectory(dir=self.cache_dir, prefix=".part-") as folder:
            try:
                run(
                    list(argv.fetch([each.name for each in some])),
                    timeout_s=_DOWNLOAD_S,
                    cwd=Path(folder),
                    env=self.env,
                )
            except CommandFailed as error:
                raise CommandFailed(error.message, hint=_STALE) from error
            for each in some:
                part = Path(folder) / each.item.file_name
                if not _is_good(part, each.item):
                    raise CommandFailed(f"the download of {each.name} is not what apt announced", hint=_STALE)
                os.replace(part, self.path(each))

    def _needs(self, names: list[str]) -> dict[str, tuple[str, ...]]:
        return aptlists.dependencies(self._ask(["depends", "--recurse", *_DEPENDS_ONLY, *names]))

    def _ask(self, words: list[str]) -> str:
        try:
            return run(["apt-cache", *words], timeout_s=_ASK_S, env=self.env).decode()
        except CommandFailed as error:
            raise CommandFailed(error.message, hint=error.hint or _STALE) from error


def unpack(files: tuple[Path, ...], folder: Path, *, progress: Progress) -> None:
    """Unpack the packages' files into one folder; nothing of them is run or installed."""
    for number, file in enumerate(files):
        progress("unpack", number, len(files))
        run(list(argv.unpack(str(file), str(folder))), timeout_s=_UNPACK_S)
    progress("unpack", len(files), len(files))


def _is_good(path: Path, item: aptlists.Download) -> bool:
    try:
        if path.stat().st_size != item.size:
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, item.hash_name).hexdigest() == item.digest
    except FileNotFoundError:
        return False
