"""The steps about images, on the front end: how one comes, is examined and kept, and how it goes.

What only the content can tell is a word in capitals until the content is there: IDENTIFIER, FORMAT."""

from stratus.model.argv import Argv, images
from stratus.model.values import dataclass

UNKNOWN_IDENTIFIER, UNKNOWN_FORMAT = "IDENTIFIER", "FORMAT"


@dataclass(frozen=True)
class DownloadImage:
    """The content as its server has it."""

    url: str  # without a password
    part: str

    title = "download it"

    def explain(self) -> tuple[Argv, ...]:
        """The command lines; what a broken connection left is gone on with."""
        return (images.download(self.url, self.part),)


@dataclass(frozen=True)
class TakeInImage:
    """The plain content in a file of the store, and its checksums."""

    source: str
    aside: str
    compression: str  # none | gz | bz2 | xz

    title = "unpack it and take its checksums"

    def explain(self) -> tuple[Argv, ...]:
        """The command lines."""
        return (*images.unpack(self.source, self.aside, self.compression), *images.checksums(self.aside))


@dataclass(frozen=True)
class ExamineImage:
    """The second opinion on a qcow2 image, within bounds."""

    aside: str
    memory_mib: int
    cpu_s: int

    title = "have qemu-img examine it"

    def explain(self) -> tuple[Argv, ...]:
        """The command lines."""
        looks = (images.info(self.aside, "qcow2"), images.check(self.aside, "qcow2"))
        return tuple(tuple(images.bounded(argv, memory_mib=self.memory_mib, cpu_s=self.cpu_s)) for argv in looks)


@dataclass(frozen=True)
class KeepImage:
    """The content under its identifier, read-only, with its facts beside it."""

    aside: str
    root: str
    identifier: str
    format: str

    title = "keep it under its identifier, read-only"

    def explain(self) -> tuple[Argv, ...]:
        """The command lines; the facts and the mark of the check are what the second and third are told."""
        kept = f"{self.root}/{self.identifier}"
        told = tuple(images.write(f"{kept}{ending}") for ending in (".json", ".verified"))
        return (images.protect(self.aside), ("mv", self.aside, f"{kept}.{self.format}"), *told)


@dataclass(frozen=True)
class DiscardImage:
    """The end of an image's content."""

    root: str
    identifier: str

    title = "remove its content"

    @property
    def paths(self) -> tuple[str, ...]:
        """All that may be there of it, the facts first: without them it is none."""
        return tuple(f"{self.root}/{self.identifier}.{ending}" for ending in ("json", "verified", "raw", "qcow2"))

    def explain(self) -> tuple[Argv, ...]:
        """The command lines."""
        return (("rm", "-f", *self.paths),)


@dataclass(frozen=True)
class SendImage:
    """The content in the store of another machine, which compares its checksum before it keeps it."""

    source: str
    host: str
    target: str

    title = "send the image to the node, once for all its instances"

    def explain(self) -> tuple[Argv, ...]:
        """The command line that would do the same; it goes down the agent's channel, in pieces."""
        return (("scp", self.source, f"root@{self.host}:{self.target}"),)


@dataclass(frozen=True)
class EnterImage:
    """The name and the entry in the ledger, by which it is found."""

    title = "enter it in the ledger"

    def explain(self) -> tuple[Argv, ...]:
        """No command line: the ledger is the program's own."""
        return ()


@dataclass(frozen=True)
class ForgetImage:
    """The end of its names and of its entry."""

    title = "take it out of the ledger"

    def explain(self) -> tuple[Argv, ...]:
        """No command line: the ledger is the program's own."""
        return ()


ImageStep = DownloadImage | TakeInImage | ExamineImage | KeepImage | DiscardImage | EnterImage | ForgetImage


@dataclass(frozen=True)
class ImportSteps:
    """How one image comes into a store."""

    download: DownloadImage | None  # None: it is on this machine
    take_in: TakeInImage
    examine: ExamineImage | None  # None: a raw disk has nothing to be examined
    keep: KeepImage
    size_bytes: int | None = None  # what it takes in the store, as far as that is known before

    @property
    def all(self) -> tuple[ImageStep, ...]:
        """In their order."""
        return tuple(step for step in (self.download, self.take_in, self.examine, self.keep) if step is not None)
