"""What is known of the elements besides their bodies: tries, the last failure, and who has them in hand."""

import json
import logging
import os
from pathlib import Path

from stratus.drivers.queue.holder import Holder
from stratus.durable import Sync, write_whole
from stratus.errors import BadInput
from stratus.model import codec
from stratus.model.values import dataclass

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Record:
    """One element's record; an element that was never claimed has an empty one."""

    tries: int = 0
    reason: str = ""  # why it was given back last
    holder: Holder | None = None


class Records:
    """One small file per element in `folder`, by name; `aside` is on the same file system."""

    def __init__(self, folder: Path, aside: Path, sync: Sync) -> None:
        self._folder = folder
        self._aside = aside
        self._sync = sync

    def get(self, name: str) -> Record:
        """The record. A damaged one is as good as none: the tries are counted anew."""
        try:
            return codec.decode(Record, json.loads((self._folder / flat(name)).read_bytes()))
        except FileNotFoundError:
            return Record()
        except (ValueError, BadInput):
            log.warning("%s: the record of %s is damaged; its tries are counted anew", self._folder, name)
            return Record()

    def put(self, name: str, record: Record) -> None:
        """Write it; it has reached the disk when this returns, for a try that stops the machine must count as well."""
        body = json.dumps(codec.encode(record)).encode()
        write_whole(self._folder / flat(name), body, draft=self._aside / os.urandom(16).hex(), sync=self._sync)

    def drop(self, name: str) -> None:
        """Forget it."""
        (self._folder / flat(name)).unlink(missing_ok=True)

    def names(self) -> list[str]:
        """The names of all elements that have a record."""
        return [entry.replace("-", "/") for entry in os.listdir(self._folder)]


def flat(name: str) -> str:
    """An element's name as one file name."""
    return name.replace("/", "-")
