"""The image store door: verified content, kept once under its identifier, read-only."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from stratus.model.image import ImageFacts, ImageSource
from stratus.model.inspection import ImageSeen
from stratus.model.plan import Explained
from stratus.model.steps.images import ImportSteps

Progress = Callable[[str, int, int], None]  # (phase, bytes done, bytes in all or 0 if unknown)
Doing = Callable[[Explained], AbstractContextManager[None]]  # told of each step, around what it does


def unrecorded(_: Explained) -> AbstractContextManager[None]:
    """Tell nobody."""
    return nullcontext()


class ImageStore(Protocol):
    """The images on one machine. Several processes may fetch, clone and delete at once."""

    def steps(self, source: ImageSource, *, unseen: bool = False) -> ImportSteps:
        """What `fetch` would do. Changes nothing and asks no server: a file is looked at, a URL is taken by its name.

        Raises what `fetch` would for what it sees; `unseen`: a file too is taken by its name if it cannot be read."""
        ...

    def fetch(self, source: ImageSource, *, progress: Progress, doing: Doing = unrecorded) -> ImageFacts:
        """Bring it in: download (resumed where an earlier try stopped), decompress, checksum, examine, keep.

        `doing` is told of the steps; those whose effect is there already are left out.
        A second caller with the same location waits for the first and gets its result. Raises BadInput with the
        reason when the content is refused, NotFound, CommandFailed; then nothing of it stays."""
        ...

    def get(self, identifier: str) -> ImageFacts | None:
        """The image, or None."""
        ...

    def all(self) -> list[ImageFacts]:
        """Every image, by identifier."""
        ...

    def survey(self) -> tuple[ImageSeen, ...]:
        """Every image with its health, also what is damaged or incomplete; content that the kernel says was not
        touched since it was last read is not read again."""
        ...

    def verify(self, identifier: str) -> None:
        """Read the content again and compare its checksums. Raises BadInput if it changed, NotFound."""
        ...

    def read(self, identifier: str, offset: int, count: int) -> bytes:
        """A piece of the content; empty behind its end. Raises NotFound."""
        ...

    def delete(self, identifier: str) -> None:
        """Remove the content; nothing happens if it is not there. The caller has made sure that nothing uses it."""
        ...

    def free_bytes(self) -> int:
        """How much more it has room for."""
        ...
