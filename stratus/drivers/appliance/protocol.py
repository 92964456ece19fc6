"""The appliance door: recipes that make a bootable image on this machine."""

from typing import Protocol

from stratus.drivers.images.protocol import Progress


class ApplianceBuilder(Protocol):
    """Builds an image from a named recipe."""

    def recipes(self) -> tuple[tuple[str, str], ...]:
        """(name, one line about it) of each recipe."""
        ...

    def build(self, recipe: str, target: str, *, progress: Progress) -> str:
        """Write the image to the file `target`; gives its format. Raises NotFound for an unknown recipe,
        CommandFailed with the failing command's words and, as hint, the packages that are missing."""
        ...
