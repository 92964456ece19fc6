"""By whom this node is held, kept in one small file; what a front end shows is checked against it at each call."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stratus.durable import Sync, make_folder, write_whole
from stratus.errors import StratusError
from stratus.model.codec import decode, encode
from stratus.model.hold import Held, Hold, taken


class Holding:
    """The file `path`; there may be several agents on one node, one for each open channel."""

    def __init__(self, path: str, sync: Sync = os.fsync) -> None:
        self._path, self._sync = Path(path), sync
        make_folder(self._path.parent, sync=sync)

    def held(self) -> Held:
        """By whom the node is held now. Raises StratusError when that cannot be read any more."""
        try:
            return decode(Held, json.loads(self._path.read_bytes()))
        except FileNotFoundError:
            return Held()
        except (ValueError, StratusError) as error:
            hint = f"if only one front end knows this node: rm {self._path}"
            raise StratusError(f"{self._path} does not say who has this node in hand: {error}", hint=hint) from error

    @contextmanager
    def shown(self, body: Any) -> Iterator[None]:
        """What is done within is done for the front end that showed `body`, and nobody else takes the node meanwhile.

        Raises StaleOrder before anything is done; a new token has reached the disk by then."""
        shown = None if body is None else decode(Hold, body)
        with self._locked(fcntl.LOCK_SH):
            held = self.held()
            if taken(held, shown) == held:
                yield
                return
        with self._locked(fcntl.LOCK_EX):
            held = self.held()
            after = taken(held, shown)
            if after != held:
                write_whole(self._path, json.dumps(encode(after)).encode(), sync=self._sync)
            yield

    @contextmanager
    def _locked(self, kind: int) -> Iterator[None]:
        descriptor = os.open(self._path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, kind)
            yield
        finally:
            os.close(descriptor)
