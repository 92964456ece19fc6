"""How an image is shown."""

from typing import TYPE_CHECKING

from stratus.model.listing import Listing
from stratus.model.moments import iso
from stratus.model.secrets import masked

if TYPE_CHECKING:
    from stratus.model.image import ImageEntry

# Sizes in the table are for people, those in bytes for programs.
IMAGES: "Listing[ImageEntry]" = Listing(
    {
        "name": lambda entry: entry.name,
        "identifier": lambda entry: entry.facts.identifier,
        "format": lambda entry: entry.facts.format,
        "size": lambda entry: human(entry.facts.size_bytes),
        "disk": lambda entry: human(entry.facts.virtual_size_bytes),
        "in use": lambda entry: entry.in_use,
        "owner": lambda entry: entry.owner,
        "aliases": lambda entry: list(entry.aliases),
        "size_bytes": lambda entry: entry.facts.size_bytes,
        "virtual_size_bytes": lambda entry: entry.facts.virtual_size_bytes,
        "md5": lambda entry: entry.facts.checksums.md5,
        "sha1": lambda entry: entry.facts.checksums.sha1,
        "sha256": lambda entry: entry.facts.checksums.sha256,
        "sha512": lambda entry: entry.facts.checksums.sha512,
        "source": lambda entry: masked(entry.source),
        "created": lambda entry: iso(entry.created_s),
        "created_s": lambda entry: entry.created_s,
        "path": lambda entry: entry.facts.path,
    },
    usual=("name", "identifier", "format", "size", "disk", "in use", "owner"),
    name=lambda entry: entry.name,
    kept=("identifier", "name"),
    sorted_as={"size": "size_bytes", "disk": "virtual_size_bytes"},
    columns_key="image_columns",
)


def human(count: int) -> str:
    """A number of bytes, for people."""
    size = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if size >= 10 or unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TiB"
