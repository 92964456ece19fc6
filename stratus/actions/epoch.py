"""Epochs and holds: that each node obeys one life of one front end, and what it takes to be the next one."""

import os
from functools import partial

from stratus.actions import records, retry
from stratus.actions.side_by_side import side_by_side
from stratus.cloud import Cloud
from stratus.drivers.ledger.protocol import Lease, Put
from stratus.errors import StratusError
from stratus.model.codec import encode
from stratus.model.hold import Hold
from stratus.model.node import Node
from stratus.model.views import TakenOver

FRONT_END = "front-end"
FIRST = 1
NUMBERS_OF_A_LIFE = 10**9  # order numbers; a life never gives out those of another, so that no order id comes twice
MAX_UNANSWERED = 4


def current(cloud: Cloud) -> int:
    """The life that this front end is in; a ledger that has counted none is in its first."""
    document = cloud.ledger.get(records.EPOCH, FRONT_END)
    return int(document.body["epoch"]) if document else FIRST


def known(cloud: Cloud, node: str) -> Hold | None:
    """What was shown to `node` before; None: nothing yet in this life."""
    epoch = current(cloud)
    tokens, _ = _tokens(cloud, node, epoch)
    return Hold(epoch, tokens[-1], tokens[:-1]) if tokens else None


def propose(cloud: Cloud, node: str, fence: Lease | None) -> Hold:
    """A new token for `node`, saved before anybody sees it, with all those that the node may have by now.

    Raises LedgerConflict; then call again."""
    epoch = current(cloud)
    tokens, revision = _tokens(cloud, node, epoch)
    if len(tokens) > MAX_UNANSWERED:  # a node that does not answer; the last token does once more
        return Hold(epoch, tokens[-1], tokens[:-1])
    token = os.urandom(8).hex()
    body = {"epoch": epoch, "tokens": [*tokens, token]}
    cloud.ledger.commit([Put(records.HOLD, node, body, revision)], fence=fence)
    return Hold(epoch, token, tokens)


def settle(cloud: Cloud, node: str, hold: Hold, fence: Lease | None) -> None:
    """The node has taken the token: those before it are worth nothing any more. Raises LedgerConflict."""
    tokens, revision = _tokens(cloud, node, hold.epoch)
    if hold.token in tokens and len(tokens) > 1:
        body = {"epoch": hold.epoch, "tokens": [hold.token]}
        cloud.ledger.commit([Put(records.HOLD, node, body, revision)], fence=fence)


def take_over(cloud: Cloud) -> TakenOver:
    """Begin the next life of this front end: what every other copy of it orders is refused from then on.

    For a ledger that was restored or rebuilt, and for a machine that takes the place of a lost one. The new epoch is
    above those of this ledger and of every node that answers. The nodes that answer are taken in hand at once; the
    others when they are reached next, by the dispatcher, without anybody's help (unless such a node was in a still
    later epoch: then it refuses, and `take_over` may be called again). Orders that wait stay, and go out in the new
    epoch. Safe to repeat: each call is one more life. A dispatcher of this ledger that runs goes on in the new life.
    Instance numbers are not touched: who rebuilds a ledger sets that counter beyond those that the nodes know."""
    nodes = [node for node, _ in records.nodes(cloud.ledger)]
    seen, _ = side_by_side(nodes, partial(_epoch_of, cloud))
    latest = max((epoch for _, epoch in seen), default=0)
    epoch = retry.on_conflict(cloud, lambda: _begin(cloud, latest + 1))
    taken, _ = side_by_side(nodes, partial(_take, cloud))
    return TakenOver(epoch, tuple((node.name, why) for node, why in taken))


def _tokens(cloud: Cloud, node: str, epoch: int) -> tuple[tuple[str, ...], int]:
    """The tokens of this life that the node may have, oldest first, and the revision of that memory."""
    document = cloud.ledger.get(records.HOLD, node)
    if document is None:
        return (), 0
    return tuple(document.body["tokens"]) if document.body["epoch"] == epoch else (), document.revision


def _epoch_of(cloud: Cloud, node: Node) -> int:
    try:
        return int(cloud.links.to(node).call("ping", {}, timeout_s=20.0).get("epoch", 0))
    except StratusError:
        return 0


def _begin(cloud: Cloud, at_least: int) -> int:
    document = cloud.ledger.get(records.EPOCH, FRONT_END)
    epoch = max(current(cloud) + 1, at_least)
    counter = cloud.ledger.get(records.COUNTER, "order")
    last = max(epoch * NUMBERS_OF_A_LIFE, int(counter.body["last"]) if counter else 0)
    changes = [
        Put(records.EPOCH, FRONT_END, {"epoch": epoch}, document.revision if document else 0),
        Put(records.COUNTER, "order", {"last": last}, counter.revision if counter else 0),
    ]
    cloud.ledger.commit(changes)
    return epoch


def _take(cloud: Cloud, node: Node) -> str:
    """Take the node in hand; why that could not be, or ""."""
    try:
        hold = retry.on_conflict(cloud, lambda: propose(cloud, node.name, None))
        cloud.links.to(node).call("ping", {"hold": encode(hold)}, timeout_s=20.0)
        retry.on_conflict(cloud, lambda: settle(cloud, node.name, hold, None))
    except StratusError as error:
        return error.message
    return ""
