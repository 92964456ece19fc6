"""The findings about the front end's machine."""

from collections.abc import Iterator

from stratus.model.doctor.books import Books
from stratus.model.doctor.finding import Finding, Mend, Severity
from stratus.model.premises import PremisesSeen

OPEN_TO_OTHERS = 0o077


def premises(books: Books, seen: PremisesSeen) -> Iterator[Finding]:
    """Key, pinned host keys, dispatcher."""
    if seen.dispatcher == "dead":
        what = "the dispatcher that was installed does not run: orders wait for the next command"
        yield Finding("dispatcher", Severity.ERROR, "", what, Mend(command="stratus install"))
    if seen.key_mode is not None and seen.key_mode & OPEN_TO_OTHERS:
        what = f"the key that opens the nodes has mode {seen.key_mode:04o}: others may read it, and ssh refuses it"
        yield Finding("key-mode", Severity.ERROR, "", what, Mend(close_key=True))
    for name, kept in sorted(books.nodes.items()):
        if kept.value.reach.way == "ssh" and name not in seen.pinned:
            what = f"the host key of {name} is not pinned: it will not be trusted"
            yield Finding("known-hosts", Severity.ERROR, name, what, Mend(command="stratus install"))
