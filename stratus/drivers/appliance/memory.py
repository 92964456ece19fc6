"""An appliance builder without a machine: it writes a small disk that no BIOS boots, at once, for sandbox and tests."""

import os
from pathlib import Path

from stratus.drivers.images.protocol import Progress
from stratus.errors import NotFound

_SUMMARY = "an empty disk with a boot sector, for a cloud that is only played"
_SIZE = 1024 * 1024


class MemoryApplianceBuilder:
    """Knows the recipe `tiny`; the same recipe always gives the same bytes."""

    def recipes(self) -> tuple[tuple[str, str], ...]:
        """(name, one line about it) of each recipe."""
        return (("tiny", _SUMMARY),)

    def build(self, recipe: str, target: str, *, progress: Progress) -> str:
        """Write the image to the file `target`, whole or not at all; gives its format, raw."""
        if recipe not in dict(self.recipes()):
            raise NotFound(f"no recipe is called {recipe}", hint="one of: tiny")
        path = Path(target)
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(f".{path.name}.{os.getpid()}")
        content = recipe.encode().ljust(510, b"\0") + b"\x55\xaa"  # the mark of a boot sector
        with aside.open("wb") as file:
            file.write(content.ljust(_SIZE, b"\0"))
            os.fsync(file.fileno())
        os.replace(aside, path)
        progress("write", _SIZE, _SIZE)
        return "raw"
