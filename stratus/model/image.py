"""What is known of an image, and where one may come from."""

from stratus.model.order import StepTiming
from stratus.model.values import dataclass


@dataclass(frozen=True)
class Checksums:
    """The digests of an image's decompressed content, in lower-case hex; all are taken in one pass."""

    md5: str
    sha1: str
    sha256: str
    sha512: str


@dataclass(frozen=True)
class ImageSource:
    """Where an image comes from, and what is already known of it."""

    location: str  # a local path, file:, http: or https: URL
    format: str = ""  # raw | qcow2; "" = found out from the content
    compression: str = ""  # none | gz | bz2 | xz; "" = found out from the content
    expected: tuple[tuple[str, str], ...] = ()  # (algorithm, hex digest) of the decompressed content
    public_only: bool = False  # only from servers that anybody in the internet could ask
    afresh: bool = (
        False  # read there, even if content of the expected checksums is here: to know them is not to have it
    )


@dataclass(frozen=True)
class ImageFacts:
    """One image as the store keeps it: verified, read-only, kept once whatever it is called."""

    identifier: str  # StratusLab's 27 characters, made from the SHA-1
    format: str  # raw | qcow2
    size_bytes: int  # of the stored file
    virtual_size_bytes: int  # of the disk that a guest sees
    checksums: Checksums
    path: str  # absolute, read-only


@dataclass(frozen=True)
class ImageEntry:
    """One image as the ledger keeps it."""

    facts: ImageFacts
    name: str
    owner: str
    source: str
    created_s: float
    shared: bool = True  # the site's: everybody sees it; else its owner, and whoever brought the same content in
    in_use: int = 0  # instances that are cloned from it; filled in by listings
    aliases: tuple[str, ...] = ()  # its other names; filled in by listings


@dataclass(frozen=True)
class Recipe:
    """Something that an image can be built from."""

    name: str
    about: str  # in one line


@dataclass(frozen=True)
class ImageName:
    """What one name of an image leads to, and how its owner came by it."""

    identifier: str
    owner: str = ""  # "" = the site's
    source: str = ""
    created_s: float = 0.0


@dataclass(frozen=True)
class ImageEvent:
    """One line of an image's history: what was done, and by which steps."""

    at_s: float
    cause: str
    steps: tuple[StepTiming, ...] = ()
    actor: str = ""  # who had it done; "" in records from before there were users


@dataclass(frozen=True)
class ImageHistory:
    """Everything that was done about an image, oldest first; at most LIMIT events, the newest kept."""

    events: tuple[ImageEvent, ...] = ()

    def then(self, event: ImageEvent) -> "ImageHistory":
        """The history with one more event."""
        return ImageHistory((*self.events, event)[-IMAGE_HISTORY_LIMIT:])


IMAGE_HISTORY_LIMIT = 50
