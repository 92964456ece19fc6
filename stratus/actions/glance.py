"""glance: the names of things with a word about each, from one question to the ledger, for completion.

The documents are read as they lie: making values of them would take longer than a user waits for a key."""

from stratus.drivers.ledger.protocol import Document, Ledger
from stratus.model import kinds
from stratus.model.values import dataclass

MOST = 2000


@dataclass(frozen=True)
class Named:
    """A thing: its name, its other name (an instance's number, an image's identifier), and what it is like."""

    name: str
    other: str
    about: str


def instances(ledger: Ledger) -> list[Named]:
    """The living instances, at most `MOST`; of names that several owners have, it is said whose."""
    documents = ledger.find(kinds.INSTANCE, limit=MOST)
    owners: dict[str, set[str]] = {}
    for document in documents:
        owners.setdefault(str(document.body["name"]), set()).add(str(document.body.get("owner", "")))
    return [_instance(document, whose=len(owners[str(document.body["name"])]) > 1) for document in documents]


def images(ledger: Ledger) -> list[Named]:
    """The images by each of their names, at most `MOST`."""
    found = ledger.find(kinds.IMAGE_NAME, limit=MOST)
    return [Named(document.key, str(document.body["identifier"]), "") for document in found]


def nodes(ledger: Ledger) -> list[Named]:
    """The nodes, at most `MOST`."""
    return [Named(document.key, "", "") for document in ledger.find(kinds.NODE, limit=MOST)]


def users(ledger: Ledger) -> list[Named]:
    """The users, at most `MOST`."""
    return [Named(document.key, "", str(document.body["role"])) for document in ledger.find(kinds.USER, limit=MOST)]


def groups(ledger: Ledger) -> list[Named]:
    """The groups of users, at most `MOST`."""
    return [Named(document.key, "", "") for document in ledger.find(kinds.GROUP, limit=MOST)]


def keys(ledger: Ledger) -> list[Named]:
    """The fingerprints of the keys with which users come in, and whose they are, at most `MOST`."""
    found = ledger.find(kinds.USER_KEY, limit=MOST)
    return [Named(document.key, "", str(document.body["user"])) for document in found]


def _instance(document: Document, *, whose: bool) -> Named:
    body = document.body
    name = f"{body['owner']}/{body['name']}" if whose else str(body["name"])
    return Named(name, str(body["id"]), f"{body['state']}, {body['image_name']} on {body['node']}")
