"""ship: bring images to nodes with a store of their own before orders that need them go there; and take them away.

Once for a node, by whoever dispatches, in pieces of which each call sends some: so orders that wait for nothing, a kill
among them, are never behind a long one."""

import base64
import dataclasses
import zlib
from collections.abc import Iterable
from functools import partial

from stratus.actions import records, retry
from stratus.actions.term import Term
from stratus.cloud import Cloud
from stratus.errors import NotFound
from stratus.model.codec import encode
from stratus.model.image import ImageEntry, ImageFacts
from stratus.model.node import Node
from stratus.model.order import Dispatched
from stratus.model.steps import CheckImage

PIECE_BYTES = 4 * 2**20
STRETCH_S = 5.0  # how long one call sends before others have their turn
_PIECE_S = 60.0
_NOTHING = base64.b64encode(zlib.compress(b"")).decode("ascii")


def lacking(node: Node, order: Dispatched) -> str:
    """The image that an order needs and that the node may not have; "" when it needs none, or shares our store."""
    if not node.is_away:
        return ""
    needed = (step.identifier for step in order.order.steps if isinstance(step, CheckImage))
    return next((identifier for identifier in needed if identifier not in node.images), "")


def ship(cloud: Cloud, node: Node, identifier: str, term: Term, *, stretch_s: float = STRETCH_S) -> bool:
    """Send what the node does not have of the image, for a while: whether it has the whole now.

    Raises NotFound (it is not here either), BadInput, NoCapacity (the node's), NodeUnreachable."""
    found = records.read(cloud.ledger, records.IMAGE, identifier, ImageEntry)
    if found is None:
        raise NotFound(f"image {identifier} was deleted meanwhile", hint="stratus image list")
    facts = found[0].facts
    until_s = cloud.monotonic() + stretch_s
    here = _send(cloud, node, facts, 0, _NOTHING, term)
    while here < facts.size_bytes:
        if cloud.monotonic() > until_s:
            return False
        term.lease()
        piece = cloud.images.read(identifier, here, PIECE_BYTES)
        if not piece:
            raise NotFound(f"the content of image {identifier} is not whole", hint="stratus doctor")
        here = _send(cloud, node, facts, here, base64.b64encode(zlib.compress(piece, 1)).decode("ascii"), term)
    retry.on_conflict(cloud, partial(_remember, cloud, node.name, (identifier,), ()))
    return True


def tidy(cloud: Cloud, node: Node, term: Term) -> None:
    """Take those images away on the node that the ledger does not have any more."""
    gone = [identifier for identifier in node.images if cloud.ledger.get(records.IMAGE, identifier) is None]
    for identifier in gone:
        term.call(node, "image_drop", {"identifier": identifier}, timeout_s=_PIECE_S)
    if gone:
        retry.on_conflict(cloud, partial(_remember, cloud, node.name, (), gone))


def _send(cloud: Cloud, node: Node, facts: ImageFacts, offset: int, piece: str, term: Term) -> int:
    params = {"facts": encode(facts), "offset": offset, "piece": piece}
    return int(term.call(node, "image_piece", params, timeout_s=_PIECE_S)["bytes"])


def _remember(cloud: Cloud, name: str, come: Iterable[str], gone: Iterable[str]) -> None:
    node, revision = records.node(cloud.ledger, name)
    images = tuple(sorted({*node.images, *come} - set(gone)))
    if images != node.images:
        cloud.ledger.commit([records.put_node(dataclasses.replace(node, images=images), revision)])
