"""The examination: every rule over what was seen at one moment, the worst first."""

from collections.abc import Iterator, Mapping

from stratus.model.doctor.accounts import accounts
from stratus.model.doctor.books import Books
from stratus.model.doctor.finding import Finding, Mend, Severity
from stratus.model.doctor.machine import images, machine
from stratus.model.doctor.networks import networks
from stratus.model.doctor.papers import papers
from stratus.model.doctor.people import people
from stratus.model.doctor.premises import premises
from stratus.model.doctor.residents import residents
from stratus.model.doctor.strangers import strangers
from stratus.model.inspection import Inspection
from stratus.model.premises import PremisesSeen

_RANK = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.REMARK: 2}


def examine(
    books: Books, looks: Mapping[str, Inspection], silent: Mapping[str, str], front_end: PremisesSeen
) -> tuple[Finding, ...]:
    """All findings. `looks`: what was seen, by node; `silent`: why a node could not be looked at."""
    # A node may have been removed since it was looked at: what it has is nobody's affair any more.
    looks = {node: seen for node, seen in looks.items() if node in books.nodes}
    found = list(_all(books, looks, silent, front_end))
    return tuple(sorted(dict.fromkeys(found), key=lambda one: (_RANK[one.severity], one.node, one.code, one.what)))


def _all(
    books: Books, looks: Mapping[str, Inspection], silent: Mapping[str, str], front_end: PremisesSeen
) -> Iterator[Finding]:
    yield from premises(books, front_end)
    yield from accounts(books)
    yield from people(books)
    for node, why in silent.items():
        mend = Mend(command="stratus node list")
        yield Finding("node-silent", Severity.ERROR, node, f"{node} does not answer: {why}", mend)
    for node, seen in looks.items():
        yield from machine(node, seen)
        yield from residents(books, node, seen)
        yield from papers(books, node, seen)
        if seen.domains is not None:
            yield from strangers(books, node, seen)
        yield from networks(books, node, seen)
    yield from images(books, looks)
