"""What the ledger says of users that cannot be true: what they hold, by their instances; and whose the keys are."""

from collections import defaultdict
from collections.abc import Iterator

from stratus.model.doctor.books import Books
from stratus.model.doctor.corrections import CountUsage, Forget, GiveKey
from stratus.model.doctor.finding import Finding, Mend, Severity
from stratus.model.quota import Usage, held_by, said_all


def people(books: Books) -> Iterator[Finding]:
    """The findings about users and groups."""
    yield from _usages(books)
    yield from _keys(books)


def _usages(books: Books) -> Iterator[Finding]:
    """Of an owner without an account nothing is said: it is opened, with what they have, when they take something."""
    held: dict[str, Usage] = defaultdict(Usage)
    for kept in books.instances.values():
        owner = kept.value.owner
        for key in (f"user/{owner}", *(f"group/{name}" for name in _groups(books, owner))):
            held[key] = held[key].plus(held_by(kept.value))
    for key, counted in sorted(books.usages.items()):
        kind, _, name = key.partition("/")
        if kind == "group" and name not in books.groups:
            what = f"what group {name} holds is counted, and there is no such group"
            mend = Mend(corrections=(Forget("usage", key, counted.revision),))
            yield Finding("usage-unused", Severity.WARNING, "", what, mend)
        elif counted.value != held[key]:
            what = f"{kind} {name} is counted {said_all(counted.value)}, and has {said_all(held[key])}"
            correction = CountUsage(key, held[key], counted.revision)
            yield Finding("usage", Severity.ERROR, "", what, Mend(corrections=(correction,)))
    for name in sorted(books.groups):
        if f"group/{name}" not in books.usages:
            what = f"what group {name} holds is not counted"
            correction = CountUsage(f"group/{name}", held[f"group/{name}"], 0)
            yield Finding("usage-missing", Severity.ERROR, "", what, Mend(corrections=(correction,)))


def _groups(books: Books, owner: str) -> tuple[str, ...]:
    user = books.users.get(owner)
    return user.groups if user else ()


def _keys(books: Books) -> Iterator[Finding]:
    """A key leads to the user who has it, and to nobody else."""
    owners = {key.fingerprint: user.name for user in books.users.values() for key in user.keys}
    for fingerprint, kept in sorted(books.user_keys.items()):
        if owners.get(fingerprint) != kept.value:
            what = f"the key {fingerprint} leads to {kept.value}, who does not have it"
            mend = Mend(corrections=(Forget("user-key", fingerprint, kept.revision),))
            yield Finding("key-unused", Severity.WARNING, "", what, mend)
    for fingerprint, name in sorted(owners.items()):
        if fingerprint not in books.user_keys:
            what = f"the key {fingerprint} of {name} lets nobody in"
            yield Finding("key-missing", Severity.ERROR, "", what, Mend(corrections=(GiveKey(fingerprint, name),)))
