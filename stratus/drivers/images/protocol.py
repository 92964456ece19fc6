"""The image store door: verified content, kept once under its identifier, read-only."""

from collections.abc import Callable
from typing import Protocol

from stratus.model.image import ImageFacts, ImageSource

Progress = Callable[[str, int, int], None]  # (phase, bytes done, bytes in all or 0 if unknown)


class ImageStore(Protocol):
    """The images on one machine. Several processes may fetch, clone and delete at once."""

    def fetch(self, source: ImageSource, *, progress: Progress) -> ImageFacts:
        """Bring it in: download (resumed where an earlier try stopped), decompress, checksum, examine, keep.

        A second caller with the same location waits for the first and gets its result. Raises BadInput with the
        reason when the content is refused, NotFound, CommandFailed; then nothing of it stays."""
        ...

    def get(self, identifier: str) -> ImageFacts | None:
        """The image, or None."""
        ...

    def all(self) -> list[ImageFacts]:
        """Every image, by identifier."""
        ...

    def verify(self, identifier: str) -> None:
        """Read the content again and compare its checksums. Raises BadInput if it changed, NotFound."""
        ...

    def delete(self, identifier: str) -> None:
        """Remove the content; nothing happens if it is not there. The caller has made sure that nothing uses it."""
        ...
