"""The names of what is behind a gate, as they were last seen: so that a line can be completed without asking there.

Nothing but completion believes them. A file that is lost, or broken, is an empty one."""

import hashlib
import json
import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from stratus.model.endpoint import Endpoint

MOST = 2000  # of one kind
Name = tuple[str, str, str]  # the name, another name of the same thing, what it is like


class NamesFile:
    """What is known of one gate's names."""

    def __init__(self, folder: Path, endpoint: Endpoint) -> None:
        self._path = folder / f"{hashlib.sha256(str(endpoint).encode()).hexdigest()[:16]}.json"

    def read(self, kind: str) -> list[Name]:
        """The names of things of one kind."""
        return [(name, other, about) for name, other, about in self._all().get(kind, ())]

    def keep(self, kind: str, names: Sequence[Name]) -> None:
        """Have these names, and no others, from now on. A disk that is full or read-only changes nothing."""
        known = {**self._all(), kind: [list(name) for name in names[:MOST]]}
        with suppress(OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor, aside = tempfile.mkstemp(prefix=".names-", dir=self._path.parent)
            try:
                with open(descriptor, "w", encoding="utf-8") as file:
                    json.dump(known, file)
                os.replace(aside, self._path)
            except OSError:
                os.unlink(aside)
                raise

    def _all(self) -> dict[str, list[list[str]]]:
        try:
            known = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        fit = isinstance(known, dict) and all(isinstance(names, list) for names in known.values())
        return {kind: [name for name in names if _is_name(name)] for kind, names in known.items()} if fit else {}


def _is_name(name: object) -> bool:
    return isinstance(name, list) and len(name) == 3 and all(isinstance(part, str) for part in name)
