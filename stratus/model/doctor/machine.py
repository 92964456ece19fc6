"""The health of a node itself, and of the images in its store."""

from collections.abc import Iterator, Mapping

from stratus import __version__
from stratus.model.doctor.books import Books
from stratus.model.doctor.corrections import EnterImage, Forget
from stratus.model.doctor.finding import Finding, Mend, Severity
from stratus.model.image import ImageEntry
from stratus.model.inspection import ImageSeen, Inspection
from stratus.model.paths import NodePaths
from stratus.model.secrets import masked
from stratus.model.steps import SetFileAside

CLOCK_OFF_S = 30.0
LITTLE, VERY_LITTLE = 0.05, 0.01
SETTLED_S = 60.0  # files of a store that are younger may be about to become an image


def machine(node: str, seen: Inspection) -> Iterator[Finding]:
    """The findings about one node's programs, clock and disk."""
    if seen.version != __version__:
        what = f"{node} runs stratus {seen.version}, the front end {__version__}"
        yield Finding("version", Severity.WARNING, node, what, Mend(command=f"on {node}: stratus install"))
    if abs(seen.clock_off_s) > CLOCK_OFF_S:
        ahead = "ahead of" if seen.clock_off_s > 0 else "behind"
        what = f"the clock of {node} is {abs(seen.clock_off_s):.0f} s {ahead} the front end's"
        yield Finding("clock", Severity.WARNING, node, what, Mend(command=f"on {node}: chronyc makestep"))
    if seen.domains is None:
        what = f"the hypervisor of {node} does not answer: {seen.troubles[0] if seen.troubles else 'it is silent'}"
        yield Finding("hypervisor", Severity.ERROR, node, what, Mend(command=f"on {node}: stratus install"))
    elif seen.troubles:
        for trouble in seen.troubles:
            yield Finding("door", Severity.ERROR, node, f"{node}: {trouble}", Mend(command="see what it says"))
    if seen.space.free_share < LITTLE:
        severity = Severity.ERROR if seen.space.free_share < VERY_LITTLE else Severity.WARNING
        what = f"the disk of {node} is nearly full: {seen.space.free_mib} MiB and {seen.space.free_inodes} inodes left"
        yield Finding("disk-full", severity, node, what, Mend(command=f"on {node}: du -x {seen.state_dir}"))


def images(books: Books, looks: Mapping[str, Inspection]) -> Iterator[Finding]:
    """The findings about images: what the ledger lists and what the stores have."""
    looks = {node: seen for node, seen in looks.items() if seen.images is not None}
    sound = {one.identifier for seen in looks.values() for one in seen.images or () if not one.trouble}
    for identifier, kept in sorted(books.images.items()):
        damaged = [(node, one) for node, seen in looks.items() for one in seen.images or () if _is(one, identifier)]
        for node, one in damaged:
            what = f"image {kept.value.name} on {node}: {one.trouble}"
            yield Finding("image-changed", Severity.ERROR, node, what, _renew(kept.value))
        if looks.keys() == books.nodes.keys() and not damaged and identifier not in sound:
            yield _missing(books, identifier)
    for node, seen in looks.items():
        for one in seen.images or ():
            if one.identifier not in books.images and one.age_s > SETTLED_S:
                away = node in books.nodes and books.nodes[node].value.is_away
                yield _unknown(node, seen, one, is_away=away)


def _is(one: ImageSeen, identifier: str) -> bool:
    return one.identifier == identifier and bool(one.trouble) and one.facts is not None


def _renew(entry: ImageEntry) -> Mend:
    return Mend(command=f"bring {entry.name} in again, from {masked(entry.source)}")


def _missing(books: Books, identifier: str) -> Finding:
    """An image that is nowhere: forgotten when nobody uses it, else brought again by an administrator."""
    kept = books.images[identifier]
    users = [number for number, one in sorted(books.instances.items()) if one.value.image == identifier]
    what = f"the content of image {kept.value.name} ({identifier}) is not there"
    if users:
        said = f"{what}; used by {', '.join(map(str, users[:5]))}"
        return Finding("image-missing", Severity.ERROR, "", said, _renew(kept.value))
    names = [(name, one.revision) for name, one in sorted(books.image_names.items()) if one.value == identifier]
    forget = (Forget("image", identifier, kept.revision), *(Forget("image-name", *name) for name in names))
    return Finding("image-missing", Severity.WARNING, "", what, Mend(corrections=forget))


def _put_aside(node: str, seen: Inspection, one: ImageSeen) -> Mend:
    into = f"{NodePaths(seen.state_dir).aside}/images"
    return Mend(node, steps=tuple(SetFileAside(path, into) for path in one.files))


def _unknown(node: str, seen: Inspection, one: ImageSeen, *, is_away: bool) -> Finding:
    if one.facts is None or one.trouble:
        what = f"{', '.join(one.files)} on {node}: {one.trouble}, and the ledger has no such image"
        return Finding("image-stray", Severity.WARNING, node, what, _put_aside(node, seen, one))
    what = f"the store of {node} has image {one.identifier}, which the ledger does not know"
    if is_away:
        return Finding("image-stray", Severity.WARNING, node, what, _put_aside(node, seen, one))
    entry = ImageEntry(one.facts, one.identifier, "root", f"found on {node}", seen.at_s)
    return Finding("image-unknown", Severity.WARNING, node, what, Mend(corrections=(EnterImage(entry),)))
