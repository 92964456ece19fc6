"""Who somebody is: from a name or a key's fingerprint to the user."""

from typing import TypeVar

from stratus.actions import records
from stratus.drivers.ledger.protocol import Document, Ledger
from stratus.errors import Denied, NotFound
from stratus.model.user import NAME, Group, User

T = TypeVar("T")


def user_of_key(ledger: Ledger, fingerprint: str) -> User | None:
    """The user who comes in with that key (SHA256:...); None: nobody, or one who may not come in now.

    Reads two documents, whatever else there is."""
    found = ledger.get(records.USER_KEY, fingerprint) if fingerprint else None
    user = find(ledger, str(found.body["user"])) if found else None
    if user is None or not user.enabled or all(key.fingerprint != fingerprint for key in user.keys):
        return None
    return user


def find(ledger: Ledger, name: str) -> User | None:
    """The user called `name`, or None."""
    found = _read(ledger, records.USER, name, User)
    return found[0] if found else None


def user(ledger: Ledger, name: str) -> tuple[User, int]:
    """The user called `name`, with the document's revision. Raises NotFound."""
    found = _read(ledger, records.USER, name, User)
    if found is None:
        raise no_user(name)
    return found


def who_may_act(ledger: Ledger, name: str) -> User:
    """The user called `name`, who may come in. Raises NotFound, Denied."""
    found, _ = user(ledger, name)
    if not found.enabled:
        because = f": {found.why_disabled}" if found.why_disabled else ""
        raise Denied(f"user {name} is disabled{because}", hint=f"stratus user enable {name}")
    return found


def group(ledger: Ledger, name: str) -> tuple[Group, int]:
    """The group called `name`, with the document's revision. Raises NotFound."""
    found = _read(ledger, records.GROUP, name, Group)
    if found is None:
        raise no_group(name)
    return found


def group_of(document: Document) -> Group:
    """The group that a document holds."""
    return records.value_of(document, Group)


def users(ledger: Ledger) -> list[User]:
    """All users, by name."""
    return [records.value_of(document, User) for document in ledger.find(records.USER)]


def members(ledger: Ledger, group_name: str) -> list[User]:
    """The members of a group, by name."""
    return [user for user in users(ledger) if group_name in user.groups]


def groups(ledger: Ledger) -> list[Group]:
    """All groups, by name."""
    return [records.value_of(document, Group) for document in ledger.find(records.GROUP)]


def no_user(name: str) -> NotFound:
    """The error for a name that is nobody's, and for one that is not for the asker to know."""
    return NotFound(f"no user is called {name!r}", hint="stratus user list")


def no_group(name: str) -> NotFound:
    """The error for a name that no group has, and for one that is not for the asker to know."""
    return NotFound(f"no group of users is called {name!r}", hint="stratus group list")


def _read(ledger: Ledger, kind: str, name: str, wanted: type[T]) -> tuple[T, int] | None:
    """What is called so, if anything may be: no ledger is asked for what it could not hold."""
    return records.read(ledger, kind, name, wanted) if NAME.fullmatch(name) else None
