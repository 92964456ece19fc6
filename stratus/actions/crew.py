"""The workers of a dispatcher: a node has one that sends and one that receives, but only while they have work."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import partial

from stratus.actions import interrupted, records, ship
from stratus.actions.deliver import deliver, is_due
from stratus.actions.dispatch import bring_in, guarded
from stratus.actions.term import Term
from stratus.cloud import Cloud
from stratus.errors import NodeUnreachable, StratusError
from stratus.model.node import Node

log = logging.getLogger(__name__)
POLL_S = 20.0
REST_S = 2.0


class Work(Enum):
    """What there is to do for a node."""

    SEND = "send"  # orders out
    LOOK = "look"  # orders out, a sweep, and in what lies there
    RECEIVE = "receive"  # wait for reports


@dataclass
class _Post:
    """A worker's place: whether it is wanted (again), and to look; whether it looks; its thread while it works."""

    wanted: bool = False
    look: bool = False
    looks: bool = False
    thread: threading.Thread | None = None


class Crew:
    """The workers of one term. A sick node delays no other, and one that has nothing to do has no thread."""

    def __init__(self, cloud: Cloud, term: Term, stop: threading.Event) -> None:
        self._cloud, self._term, self._stop = cloud, term, stop
        self._posts: dict[tuple[str, bool], _Post] = {}
        self._lock = threading.Lock()

    def want(self, name: str, *works: Work) -> None:
        """Have this done for a node: now, or once more when it is being done."""
        for work in works:
            receives = work is Work.RECEIVE
            with self._lock:
                post = self._posts.setdefault((name, receives), _Post())
                post.wanted, post.look = True, post.look or work is Work.LOOK
                if post.thread is None:
                    do = partial(self._receive if receives else self._send, name, post)
                    post.thread = threading.Thread(
                        target=self._at_work, args=(name, post, do), name=f"{name}-{work.value}", daemon=True
                    )
                    post.thread.start()

    def leave(self) -> None:
        """Wait a while for those who are at work."""
        with self._lock:
            threads = [post.thread for post in self._posts.values() if post.thread is not None]
        for thread in threads:
            thread.join(timeout=REST_S)

    def _at_work(self, name: str, post: _Post, do: Callable[[Node], bool]) -> None:
        """One round after another while it is wanted; a rest after each that did not go well, and then again."""
        while self._goes_on(post):
            try:
                found = records.read(self._cloud.ledger, records.NODE, name, Node)
                if found is None:  # it was removed, or has another name now
                    self._cloud.links.forget(name)
                    continue
                well = do(found[0])
            except StratusError as error:  # the ledger's; what is wrong with the node has been noted
                log.error("node %s: %s", name, error)
                well = False
            except Exception:  # a bug over one node's answer must not take its worker away for ever
                log.exception("node %s", name)
                well = False
            if not well:
                post.wanted = True
                self._stop.wait(REST_S)

    def _goes_on(self, post: _Post) -> bool:
        with self._lock:
            if not post.wanted or self._is_over():
                post.thread = None
                return False
            post.looks, post.look, post.wanted = post.look, False, False
            return True

    def _send(self, name: str, post: _Post, node: Node) -> bool:
        """A node that was not well is looked at in every round, to see it recover."""
        unwell = bool(node.sickness or node.blind_since_s)
        looks = post.looks or unwell
        well = self._guarded(node, partial(self._visit, node, looks))
        if well and looks:  # what nobody waits for, since its order has ended long ago
            well = self._guarded(node, partial(bring_in, self._cloud, node, self._term, wait_s=0.0))
        if well and is_due(self._cloud, node):  # their image is under way
            post.wanted = True
        return well and not unwell

    def _visit(self, node: Node, look: bool) -> None:
        deliver(self._cloud, node, self._term)
        if look:
            if interrupted.after_sweep(self._cloud, node):
                deliver(self._cloud, node, self._term)
            ship.tidy(self._cloud, node, self._term)

    def _receive(self, name: str, post: _Post, node: Node) -> bool:
        well = self._guarded(node, partial(bring_in, self._cloud, node, self._term, wait_s=POLL_S))
        if not well:
            self.want(name, Work.LOOK)
        if records.awaits_reports(self._cloud.ledger, name):
            post.wanted = True
        return well or not post.wanted

    def _guarded(self, node: Node, deed: Callable[[], object]) -> bool:
        """As `guarded`; but that our own channel breaks when we close it at the end is no trouble of the node's."""

        def calm() -> None:
            try:
                deed()
            except NodeUnreachable:
                if not self._is_over():
                    raise

        return guarded(self._cloud, node, calm)

    def _is_over(self) -> bool:
        return self._stop.is_set() or self._term.over
