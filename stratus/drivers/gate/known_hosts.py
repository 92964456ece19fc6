"""The host keys of the gates that are trusted here, in a known_hosts file of its own (its format is in sshd(8)).

One line per gate, under `[host]:port`, which ssh is told to look for as HostKeyAlias."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stratus.durable import make_folder, write_whole
from stratus.errors import BadInput, ConfigError
from stratus.model.endpoint import Endpoint
from stratus.model.node import HostKey
from stratus.model.user import fingerprint_of


def alias(endpoint: Endpoint) -> str:
    """What the gate is called in the file."""
    return f"[{endpoint.host.lower()}]:{endpoint.port}"


def pinned(path: Path, endpoint: Endpoint) -> HostKey | None:
    """The key that is trusted as this gate's; None if there is none."""
    for line in _lines(path):
        fields = line.split()
        if len(fields) >= 3 and fields[0] == alias(endpoint):
            try:
                return HostKey(fields[1], fields[2], fingerprint_of(fields[2]))
            except BadInput:
                continue
    return None


def pin(path: Path, endpoint: Endpoint, key: HostKey) -> None:
    """Trust this key, and it alone, as the gate's; the lines of others stay."""
    try:
        make_folder(path.parent)
        with _alone(path):
            kept = [line for line in _lines(path) if line and line.split()[:1] != [alias(endpoint)]]
            lines = [*kept, f"{alias(endpoint)} {key.type} {key.base64}"]
            write_whole(path, "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape"))
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}", hint=f"ls -ld {path.parent}") from error


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8", "surrogateescape").split("\n")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}", hint=f"ls -l {path}") from error


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Nobody else writes meanwhile."""
    with open(path.with_name(f".{path.name}.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
