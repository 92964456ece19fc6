"""node: enrol a machine whose agent answers, and list those enrolled."""

import dataclasses
from functools import partial

from stratus.actions import observe, records, retry
from stratus.cloud import Cloud
from stratus.model.codec import decode
from stratus.model.domain import HypervisorFacts
from stratus.model.node import Node, Reach, Used
from stratus.model.requests import Actor, EnrolRequest, ListNodesRequest


def enroll(cloud: Cloud, request: EnrolRequest) -> Node:
    """The node, with what its agent says it has. May be repeated: promises made on it are kept.

    Raises NodeUnreachable, Conflict."""
    reach = Reach(request.host, request.port, request.user, request.way, request.agent)
    blank = Node(request.name, reach, HypervisorFacts("", "", "", "", "", "", "", 0, 0))
    hello = cloud.links.to(blank).call("hello", {}, timeout_s=60.0)
    return retry.on_conflict(cloud, partial(_save, cloud, request, reach, hello))


def nodes(cloud: Cloud, request: ListNodesRequest, actor: Actor) -> tuple[Node, ...]:
    """All nodes, by name, each with the time at which it was last seen in full."""
    swept = observe.moments(cloud)
    found = (node for node, _ in records.nodes(cloud.ledger))
    return tuple(dataclasses.replace(node, seen_s=max(node.seen_s, swept.get(node.name, 0.0))) for node in found)


def _save(cloud: Cloud, request: EnrolRequest, reach: Reach, hello: dict[str, object]) -> Node:
    found = records.read(cloud.ledger, records.NODE, request.name, Node)
    known = found[0] if found else None
    node = Node(
        name=request.name,
        reach=reach,
        hypervisor=decode(HypervisorFacts, hello["hypervisor"]),
        state_dir=str(hello["state_dir"]),
        reflinks=bool(hello["reflinks"]),
        disk_mib=int(str(hello["disk_mib"])),
        enabled=known.enabled if known else True,
        used=known.used if known else Used(),
        seen_s=cloud.clock(),
        zone=known.zone if known else "",
        labels=known.labels if known else (),
        reservations=known.reservations if known else (),
        is_away=request.is_away,
        version=str(hello["version"]),
    )
    cloud.ledger.commit([records.put_node(node, found[1] if found else 0)])
    return node
