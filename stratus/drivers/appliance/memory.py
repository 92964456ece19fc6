"""An appliance builder without a machine: it writes a small disk that no BIOS boots, at once, for sandbox and tests."""

import os
import tempfile
from contextlib import AbstractContextManager
from pathlib import Path

from stratus.drivers.appliance.turns import turn
from stratus.drivers.images.protocol import Doing, Progress, unrecorded
from stratus.errors import NotFound
from stratus.model.plan import PlannedStep

_SUMMARY = "an empty disk with a boot sector, for a cloud that is only played"
_RECIPE = "tiny"
_SIZE = 1024 * 1024


class MemoryApplianceBuilder:
    """Knows the recipe `tiny`; the same recipe always gives the same bytes, on the way to the store in `folder`."""

    def __init__(self, folder: str = tempfile.gettempdir()) -> None:
        self._folder = Path(folder)

    def recipes(self) -> tuple[tuple[str, str], ...]:
        """(name, one line about it) of each recipe."""
        return ((_RECIPE, _SUMMARY),)

    def target(self, recipe: str) -> str:
        """Where it is built."""
        _require_known(recipe)
        return str(self._folder / f"{recipe}.img")

    def turn(self, recipe: str) -> AbstractContextManager[None]:
        """Have that file alone."""
        return turn(Path(self.target(recipe)))

    def steps(self, recipe: str, target: str) -> tuple[tuple[PlannedStep, ...], str]:
        """What `build` would do: one step."""
        _require_known(recipe)
        return (PlannedStep("write the disk", (("truncate", f"--size={_SIZE}", target),)),), "raw"

    def build(self, recipe: str, target: str, *, progress: Progress, doing: Doing = unrecorded) -> str:
        """Write the image to the file `target`, whole or not at all; gives its format, raw."""
        (step,), format = self.steps(recipe, target)
        with doing(step):
            self._write(recipe, Path(target))
        progress("write", _SIZE, _SIZE)
        return format

    def _write(self, recipe: str, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(f".{path.name}.{os.getpid()}")
        content = recipe.encode().ljust(510, b"\0") + b"\x55\xaa"  # the mark of a boot sector
        with aside.open("wb") as file:
            file.write(content.ljust(_SIZE, b"\0"))
            os.fsync(file.fileno())
        os.replace(aside, path)


def _require_known(recipe: str) -> None:
    if recipe != _RECIPE:
        raise NotFound(f"no recipe is called {recipe}", hint=f"one of: {_RECIPE}")
