"""A node that was removed and is added again is obeyed by and obeys the same front end, in one term and in the next."""

import dataclasses
from pathlib import Path

from stratus.actions import records
from stratus.actions.dispatch import bring_in
from stratus.actions.node import enroll
from stratus.actions.term import HOLD_S, inline_term
from stratus.model.paths import NodePaths
from stratus.model.requests import EnrolRequest, RemoveNodeRequest
from tests.memory_cloud import ROOT


def again(site):
    """Remove the node, let the machine go as `node remove` does there, and add it again."""
    site.perform(RemoveNodeRequest("node1"), ROOT)
    Path(NodePaths(str(site.nodes["node1"].folder)).hold).unlink()
    return enroll(site.cloud, EnrolRequest("node1", way="memory"))


def test_a_dispatcher_goes_on_with_a_node_that_was_removed_and_added_again(site):
    now = [0.0]
    site.cloud = dataclasses.replace(site.cloud, monotonic=lambda: now[0])
    with inline_term(site.cloud) as term:
        assert term is not None
        term.take(records.node(site.cloud.ledger, "node1")[0])
        node = again(site)
        bring_in(site.cloud, node, term, wait_s=0.0)
        now[0] += HOLD_S + 1  # a new token is due
        bring_in(site.cloud, node, term, wait_s=0.0)
        term.take(node)


def test_the_next_dispatcher_knows_a_node_that_was_added_again(site):
    with inline_term(site.cloud) as term:
        assert term is not None
        term.take(records.node(site.cloud.ledger, "node1")[0])
        bring_in(site.cloud, again(site), term, wait_s=0.0)
    with inline_term(site.cloud) as term:
        assert term is not None
        term.take(records.node(site.cloud.ledger, "node1")[0])
