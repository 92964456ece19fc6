"""The context disk as an ISO 9660 image, made in memory: a few files of a few kilobytes."""

import io
import itertools
import re

import pycdlib

from stratus.model.context.values import ContextDisk

_JOLIET_FORBIDDEN = re.compile(r"[*/:;?\\]|[^\u0020-\uffff]")
_FILE_MODE = 0o100400  # root's alone in the guest: keys are public, but user data may hold secrets
_SCRIPT_MODE = 0o100500


def iso_image(disk: ContextDisk) -> bytes:
    """The image: full names in Rock Ridge (up to 240 bytes), in Joliet cut to 64 bytes, plain ones beneath."""
    image = pycdlib.PyCdlib()
    image.new(interchange_level=3, vol_ident=disk.label, joliet=3, rock_ridge="1.09")
    plain, joliet = set[str](), set[str]()
    for name, content in disk.files:
        image.add_fp(
            io.BytesIO(content),
            len(content),
            f"/{_unique(_plain(name), plain)};1",
            rr_name=name,
            joliet_path=f"/{_unique(_cut(_JOLIET_FORBIDDEN.sub('_', name), 64), joliet)}",
            file_mode=_SCRIPT_MODE if name.endswith(".sh") else _FILE_MODE,
        )
    written = io.BytesIO()
    image.write_fp(written)
    image.close()
    return written.getvalue()


def _plain(name: str) -> str:
    """ISO 9660 level 3: capitals, digits and underscores, one dot, at most 30 characters."""
    stem, dot, extension = name.upper().rpartition(".")
    stem, extension = (stem, extension) if dot else (extension, "")
    return f"{re.sub('[^A-Z0-9_]', '_', stem)[:16] or '_'}.{re.sub('[^A-Z0-9_]', '_', extension)[:8]}"


def _unique(name: str, taken: set[str]) -> str:
    """The name, or one with a number where another has taken it."""
    stem, dot, extension = name.rpartition(".")
    stem, end = (stem, dot + extension) if stem and len(extension.encode()) <= 8 else (name, "")
    for number in itertools.count(1):
        if name.lower() not in taken:
            break
        name = f"{_cut(stem, 50)}_{number}{end}"
    taken.add(name.lower())
    return name


def _cut(name: str, size: int) -> str:
    """At most `size` bytes of it: pycdlib counts those of UTF-8, where Joliet would count characters."""
    return name.encode()[:size].decode(errors="ignore")
