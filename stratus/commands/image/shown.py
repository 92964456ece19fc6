"""How an image is shown."""

from stratus.model.views import ImageEntry

COLUMNS = ("name", "identifier", "format", "size", "disk", "in use", "owner")


def row(entry: ImageEntry) -> dict[str, object]:
    """One image as a row; sizes in the table are for people, those in JSON are bytes."""
    facts = entry.facts
    return {
        "name": entry.name,
        "identifier": facts.identifier,
        "format": facts.format,
        "size": human(facts.size_bytes),
        "disk": human(facts.virtual_size_bytes),
        "in use": entry.in_use,
        "owner": entry.owner,
        "aliases": list(entry.aliases),
        "size_bytes": facts.size_bytes,
        "virtual_size_bytes": facts.virtual_size_bytes,
        "md5": facts.checksums.md5,
        "sha1": facts.checksums.sha1,
        "sha256": facts.checksums.sha256,
        "sha512": facts.checksums.sha512,
        "source": entry.source,
        "created_s": entry.created_s,
        "path": facts.path,
    }


def human(count: int) -> str:
    """A number of bytes, for people."""
    size = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if size >= 10 or unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TiB"
