"""Where an image comes from, taken apart: a path on this machine or an HTTP URL."""

import hashlib
import string
from urllib.parse import unquote, urlsplit, urlunsplit

from stratus.errors import BadInput
from stratus.model.image import ImageSource
from stratus.model.values import dataclass

_DIGEST_LENGTHS = {"md5": 32, "sha1": 40, "sha256": 64, "sha512": 128}


@dataclass(frozen=True)
class Location:
    """One place an image can be had from; either `path` or `url` is set."""

    path: str
    url: str

    @property
    def key(self) -> str:
        """A name for this place that is safe as a file name and tells nothing of it."""
        return hashlib.sha256((self.url or self.path).encode()).hexdigest()[:40]

    @property
    def shown(self) -> str:
        """The place as it may be shown and logged: without a password."""
        return without_password(self.url) if self.url else self.path


def parse_location(text: str) -> Location:
    """The place that an absolute path, a file:, http: or https: URL names. Raises BadInput."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise BadInput(f"the place {text!r} is not UTF-8", hint="rename the file") from error
    if text.startswith("/"):
        return Location(path=_clean_path(text), url="")
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise BadInput(f"this is not a URL: {text!r}: {error}") from error
    if parts.scheme == "file":
        if host not in (None, "localhost") or not parts.path.startswith("/"):
            raise BadInput(f"a file: URL names an absolute path on this machine: {text!r}")
        return Location(path=_clean_path(unquote(parts.path)), url="")
    if parts.scheme in ("http", "https") and host:
        return Location(path="", url=urlunsplit(parts._replace(fragment="")))
    raise BadInput(f"an image cannot come from {text!r}", hint="give an absolute path, or a file:, http: or https: URL")


def without_password(url: str) -> str:
    """The URL without user and password."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def require_sound_source(source: ImageSource) -> None:
    """Raises BadInput when what is said of the image makes no sense by itself."""
    if source.format not in ("", "raw", "qcow2"):
        raise BadInput(f"unknown image format {source.format!r}", hint="raw and qcow2 are known")
    if source.compression not in ("", "none", "gz", "bz2", "xz"):
        raise BadInput(f"unknown compression {source.compression!r}", hint="none, gz, bz2 and xz are known")
    for algorithm, digest in source.expected:
        if algorithm not in _DIGEST_LENGTHS:
            raise BadInput(f"unknown checksum {algorithm!r}", hint="md5, sha1, sha256 and sha512 are known")
        if len(digest) != _DIGEST_LENGTHS[algorithm] or not set(digest) <= set(string.hexdigits):
            raise BadInput(f"this is not a {algorithm} checksum: {digest!r}")


def _clean_path(path: str) -> str:
    if "\0" in path:
        raise BadInput("a path cannot contain a null character")
    return path
