"""What the network door remembers, one file per bridge and per port; all is made again from it after a boot."""

import contextlib
import fcntl
import json
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from stratus.durable import make_folder, sync_folder
from stratus.errors import BadInput, DeadlineExceeded
from stratus.model.argv.network import port_record
from stratus.model.codec import decode, encode
from stratus.model.network import Bridge, Claim, Port

T = TypeVar("T", Bridge, Port)
LOCK_DEADLINE_S = 120.0


class Records:
    """The files in one folder. Each is written aside, synced and renamed: a reader sees the old or the new one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._bridges = folder / "bridges"
        self._ports = folder / "ports"
        self._forwarding = folder / "forwarding"

    @contextlib.contextmanager
    def locked(self, *, deadline_s: float = LOCK_DEADLINE_S) -> Iterator[None]:
        """One change at a time, whichever process makes it. Raises DeadlineExceeded."""
        for each in (self.folder, self._bridges, self._ports):
            make_folder(each, mode=0o711)
        with open(self.folder / "lock", "w") as lock:
            give_up = time.monotonic() + deadline_s
            while not _try_lock(lock.fileno()):
                if time.monotonic() > give_up:
                    raise DeadlineExceeded(f"another change of the networks has lasted {deadline_s:g} s")
                time.sleep(0.005)
            yield

    def bridges(self) -> list[Bridge]:
        """Every bridge that was ensured and not removed, by name."""
        return _read_all(Bridge, self._bridges)

    def bridge(self, name: str) -> Bridge | None:
        """One bridge."""
        return _read(Bridge, self._bridges / f"{name}.json")

    def save_bridge(self, bridge: Bridge) -> None:
        """Remember a bridge."""
        _write(self._bridges / f"{bridge.name}.json", bridge)

    def forget_bridge(self, name: str) -> None:
        """Forget it."""
        (self._bridges / f"{name}.json").unlink(missing_ok=True)

    def ports(self) -> list[Port]:
        """Every port, by tap."""
        return sorted(_read_all(Port, self._ports), key=lambda port: port.tap)

    def port(self, tap: str) -> Port | None:
        """One port."""
        return next(iter(_read_all(Port, self._ports, f"{tap}@*.json")), None)

    def claims(self) -> list[Claim]:
        """What the ports claim. It is in the names of the files, so that a plug need not read them all."""
        found = (path.stem.split("@") for path in self._ports.glob("[!.]*@*.json"))
        return [Claim(tap, bridge, ":".join(re.findall("..", mac)), address) for tap, bridge, address, mac in found]

    def save_port(self, port: Port) -> None:
        """Remember a port; one that the tap had before has been forgotten."""
        _write(Path(port_record(port, str(self.folder))), port)

    def forget_port(self, tap: str) -> None:
        """Forget it."""
        for path in self._ports.glob(f"{tap}@*.json"):
            path.unlink(missing_ok=True)

    @property
    def we_route(self) -> bool:
        """The node did not route packets before we made it do so."""
        return self._forwarding.exists()

    @we_route.setter
    def we_route(self, value: bool) -> None:
        if value:
            write_file(self._forwarding, "turned on\n")
        else:
            self._forwarding.unlink(missing_ok=True)


def write_file(path: Path, text: str, *, mode: int = 0o644) -> None:
    """Write aside, sync, rename. The aside name starts with a dot, which dnsmasq passes over."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    with open(aside, "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), mode)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.rename(aside, path)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _write(path: Path, value: Bridge | Port) -> None:
    write_file(path, json.dumps(encode(value), sort_keys=True) + "\n")
    sync_folder(path.parent)


def _read_all(wanted: type[T], folder: Path, pattern: str = "[!.]*.json") -> list[T]:
    found = (_read(wanted, path) for path in sorted(folder.glob(pattern)))
    return [value for value in found if value is not None]


def _read(wanted: type[T], path: Path) -> T | None:
    try:
        return decode(wanted, json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise BadInput(f"{path} is not readable: {error}", hint=f"remove it, then plug again: rm {path}") from error
