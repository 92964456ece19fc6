"""The workers of a dispatcher: what they meet keeps them from nothing that comes later."""

import dataclasses
import threading

from stratus.actions import observe
from stratus.actions.crew import Crew, Work
from stratus.actions.term import inline_term
from stratus.cloud import Links


class Hurry(threading.Event):
    """A stop that nobody rests for."""

    def wait(self, timeout=None):
        return self.is_set()


class Odd:
    """A link whose agent answers what no agent of this release would, for the first few calls."""

    def __init__(self, link, calls):
        self._link, self._left = link, calls

    def call(self, method, params, *, timeout_s=30.0):
        self._left -= 1
        return {} if self._left >= 0 else self._link.call(method, params, timeout_s=timeout_s)

    def close(self):
        """Nothing is open."""


def test_an_answer_that_makes_no_sense_does_not_take_the_nodes_worker_away(site):
    odd = Odd(site.nodes["node1"].link, 3)
    site.cloud = dataclasses.replace(site.cloud, links=Links(lambda node: odd))
    stop = Hurry()
    with inline_term(site.cloud) as term:
        crew = Crew(site.cloud, term, stop)
        for _ in range(100):
            crew.want("node1", Work.LOOK)
            site.cloud.ledger.changes(site.cloud.ledger.revision(), timeout_s=0.1)
            if observe.last(site.cloud, "node1").at_s:
                break
        else:
            raise AssertionError("nobody looked at the node again")
        stop.set()
        crew.leave()
