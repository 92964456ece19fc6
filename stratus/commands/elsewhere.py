"""What a word means that is no command of ours: a program called stratus-foo in PATH, or an alias."""

import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from stratus.commands.stratuslab.names import NAMES, PREFIX
from stratus.errors import CommandFailed, ConfigError
from stratus.model.values import dataclass

if TYPE_CHECKING:
    from stratus.config.alias import Alias

# Programs of ours that are no commands for users.
_OURS = frozenset(("nodeagent", "gate"))


@dataclass(frozen=True)
class Elsewhere:
    """The programs and aliases that an environment gives."""

    environ: Mapping[str, str]

    @cached_property
    def aliases(self) -> "Mapping[str, Alias]":
        """The aliases by their names. Raises ConfigError for a file that cannot be read."""
        from stratus.config.sources import Sources

        return Sources(self.environ).aliases()

    def program(self, name: str) -> str | None:
        """The first file in PATH called stratus-NAME that may be run. What is relative in PATH does not count."""
        if "/" in name or "\0" in name:
            return None
        candidates = (folder / f"{PREFIX}{name}" for folder in self._folders())
        return next((str(path) for path in candidates if _may_be_run(path)), None)

    def programs(self) -> Mapping[str, str]:
        """All such programs by the name that they are typed as; those of ours are not among them."""
        found: dict[str, str] = {}
        for folder in self._folders():
            for name in _names_in(folder):
                path = folder / f"{PREFIX}{name}"
                if name not in {*found, *NAMES, *_OURS} and _may_be_run(path):
                    found[name] = str(path)
        return dict(sorted(found.items()))

    def names(self) -> Iterator[str]:
        """Whatever is no command of ours and can be typed as one."""
        yield from NAMES
        yield from self.programs()
        yield from self.aliases

    def _folders(self) -> list[Path]:
        return [Path(entry) for entry in self.environ.get("PATH", "").split(":") if entry.startswith("/")]


def become(program: str, words: Sequence[str], environ: Mapping[str, str]) -> NoReturn:
    """Be the program from now on: its arguments, its signals, its exit status. Raises CommandFailed."""
    for ignored in (signal.SIGPIPE, signal.SIGXFSZ):  # by Python, and whoever is started inherits that
        signal.signal(ignored, signal.SIG_DFL)
    try:
        os.execve(program, [program, *words], dict(environ))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise CommandFailed(f"{program} cannot be run: {reason}", hint=f"file {program}") from error


def follow(alias: "Alias", seen: Sequence[str]) -> list[str]:
    """The words of an alias that was come to through those `seen`. Raises ConfigError for one that comes back."""
    if alias.name in seen:
        way = " -> ".join((*seen[seen.index(alias.name) :], alias.name))
        raise ConfigError(
            f"{alias.origin}: alias {alias.name}: it comes back to itself: {way}", hint="stratus config --keys -s alias"
        )
    return alias.words()


def _names_in(folder: Path) -> list[str]:
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    return [name.removeprefix(PREFIX) for name in names if name.startswith(PREFIX) and name != PREFIX]


def _may_be_run(path: Path) -> bool:
    try:
        return path.is_file() and os.access(path, os.X_OK)
    except (OSError, ValueError):
        return False
