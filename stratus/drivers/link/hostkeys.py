"""The pinned host keys of the nodes: a known_hosts file with one line per key, under the node's own name.

The format is that of sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"; by the name and not by the address, as ssh's HostKeyAlias
wants it, so that a node may move. Lines of other forms (hashed names, markers, patterns) are kept but pin nothing.
"""

import base64
import binascii
import fcntl
import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stratus.errors import BadInput, Conflict
from stratus.model.node import HostKey

_NAME = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?")


def host_key(kind: str, encoded: str) -> HostKey:
    """The key of that type and content, with its fingerprint as ssh-keygen -l prints it; BadInput if it is not one."""
    try:
        blob = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadInput(f"not a host key: {encoded[:40]!r}") from error
    digest = base64.b64encode(hashlib.sha256(blob).digest()).decode("ascii").rstrip("=")
    return HostKey(kind, encoded, f"SHA256:{digest}")


def alias(node: str) -> str:
    """The name under which a node's keys are pinned: in lower case, as ssh looks it up."""
    name = node.lower()
    if not _NAME.fullmatch(name):
        raise BadInput(f"{node!r} cannot be a node's name", hint="use letters, digits, dots, hyphens and underscores")
    return name


def pinned(known_hosts: str, node: str) -> tuple[HostKey, ...]:
    """The keys that are pinned for a node; none if the file is missing."""
    name = alias(node)
    keys: list[HostKey] = []
    for line in _lines(Path(known_hosts)):
        names, fields = _parsed(line)
        if name in names:
            keys.append(host_key(fields[0], fields[1]))
    return tuple(keys)


def pin(known_hosts: str, node: str, key: HostKey, *, replace: bool = False) -> None:
    """Trust `key`, and it alone, as the node's. May be repeated; Conflict if another one is pinned, unless `replace`.

    Other lines stay as they are. The file is written aside and renamed, so that no reader sees half of it.
    """
    path, name = Path(known_hosts), alias(node)
    path.parent.mkdir(parents=True, exist_ok=True)
    with _locked(path):
        present = pinned(known_hosts, node)
        others = [known for known in present if known[:2] != key[:2]]
        if others and not replace:
            raise Conflict(
                f"another host key is pinned for {node}: {others[0].fingerprint}, not {key.fingerprint}",
                hint="replace it only if you know why it changed (the node was installed anew)",
            )
        if present and not others:
            return
        kept = [_without(line, name) for line in _lines(path)]
        _write(path, "".join(f"{line}\n" for line in [*filter(None, kept), f"{name} {key.type} {key.base64}"]))


def unpin(known_hosts: str, node: str) -> None:
    """Trust no key as the node's any more; the lines of others stay. May be repeated."""
    path, name = Path(known_hosts), alias(node)
    if pinned(known_hosts, node):
        with _locked(path):
            kept = filter(None, (_without(line, name) for line in _lines(path)))
            _write(path, "".join(f"{line}\n" for line in kept))


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8", "surrogateescape").splitlines()
    except FileNotFoundError:
        return []


def _parsed(line: str) -> tuple[list[str], list[str]]:
    """The names of a line and its fields after them; nothing for a comment, a marker, or what is no key line."""
    names, *fields = line.split() or [""]
    if names.startswith(("#", "@", "|")) or len(fields) < 2:
        return [], fields
    return names.lower().split(","), fields


def _without(line: str, name: str) -> str:
    """The line without that name; empty if nothing else is left of it."""
    names, _ = _parsed(line)
    if name not in names:
        return line
    rest = ",".join(other for other in names if other != name)
    return f"{rest} {line.split(maxsplit=1)[1]}" if rest else ""


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with open(f"{path}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write(path: Path, text: str) -> None:
    with tempfile.NamedTemporaryFile(
        "w", dir=path.parent, prefix=f".{path.name}.", delete=False, encoding="utf-8", errors="surrogateescape"
    ) as aside:
        aside.write(text)
        aside.flush()
        os.fchmod(aside.fileno(), 0o644)
        os.fsync(aside.fileno())
    os.replace(aside.name, path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
