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
    """The living instances, at most `MOST`."""
    return [_instance(document) for document in ledger.find(kinds.INSTANCE, limit=MOST)]


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


def _instance(document: Document) -> Named:
    body = document.body
    return Named(str(body["name"]), str(body["id"]), f"{body['state']}, {body['image_name']} on {body['node']}")
