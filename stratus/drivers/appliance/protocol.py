"""The appliance door: recipes that make a bootable image on this machine."""

from contextlib import AbstractContextManager
from typing import Protocol

from stratus.drivers.images.protocol import Doing, Progress, unrecorded
from stratus.model.plan import PlannedStep


class ApplianceBuilder(Protocol):
    """Builds an image from a named recipe."""

    def recipes(self) -> tuple[tuple[str, str], ...]:
        """(name, one line about it) of each recipe."""
        ...

    def target(self, recipe: str) -> str:
        """The file that an image of this recipe is built as, before it is imported."""
        ...

    def turn(self, recipe: str) -> AbstractContextManager[None]:
        """Have that file alone; at the end it is gone. Others wait meanwhile."""
        ...

    def steps(self, recipe: str, target: str) -> tuple[tuple[PlannedStep, ...], str]:
        """What `build` would do, and the format that it would give. Changes nothing. Raises as `build` does."""
        ...

    def build(self, recipe: str, target: str, *, progress: Progress, doing: Doing = unrecorded) -> str:
        """Write the image to the file `target`; gives its format. `doing` is told of the steps.

        Raises NotFound for an unknown recipe, CommandFailed with the failing command's words and, as hint, the packages
        that are missing."""
        ...
