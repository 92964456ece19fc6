"""The program as it is sent to another machine: our package, and the libraries of Python alone that a node needs.

The others (libvirt's, lxml) come there as packages of its distribution, so that nothing is compiled and nothing is
fetched from anywhere else."""

import gzip
import hashlib
import importlib.util
import io
import os
import tarfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import stratus
from stratus.model.values import dataclass

_LIBRARIES = ("configobj", "dirq", "pycdlib")
_LEFT_OUT = ("__pycache__",)
_LAUNCHER = """\
#!/bin/sh
# The agent of a node, from the release that this folder holds.
root=$(cd -- "$(dirname -- "$(readlink -f -- "$0")")/.." && pwd -P) || exit 70
PYTHONPATH=$root exec /usr/bin/python3 -P -m stratus.nodeagent "$@"
"""


@dataclass(frozen=True)
class Bundle:
    """A release, known by its version and its content, and the gzipped tar that it is in."""

    release: str
    content: bytes


@cache
def pack() -> Bundle:
    """The bundle of the program that runs; the same program gives the same bundle."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as tar:
        _add(tar, "bin/stratus-nodeagent", _LAUNCHER.encode(), 0o755)
        for name, path in _files():
            _add(tar, name, path.read_bytes(), 0o755 if os.access(path, os.X_OK) else 0o644)
    digest = hashlib.sha256(plain.getvalue()).hexdigest()
    return Bundle(f"{stratus.__version__}-{digest[:12]}", gzip.compress(plain.getvalue(), 6, mtime=0))


def _files() -> Iterator[tuple[str, Path]]:
    """Names in the bundle, and the files; what is a link in a checkout is a file there."""
    roots = [Path(stratus.__file__).parent, *map(_folder_of, _LIBRARIES)]
    for root in roots:
        for folder, inner, names in sorted(os.walk(root, followlinks=True)):
            inner[:] = sorted(name for name in inner if name not in _LEFT_OUT)
            place = Path(folder)
            if not set(place.parts) & set(_LEFT_OUT):
                yield from (
                    (str(Path(root.name) / (place / name).relative_to(root)), place / name) for name in sorted(names)
                )


def _folder_of(library: str) -> Path:
    spec = importlib.util.find_spec(library)
    assert spec and spec.submodule_search_locations, f"{library} is no package"
    return Path(spec.submodule_search_locations[0])


def _add(tar: tarfile.TarFile, name: str, content: bytes, mode: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), mode
    tar.addfile(entry, io.BytesIO(content))
