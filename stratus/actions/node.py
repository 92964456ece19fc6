"""node: enrol a machine whose agent answers, and list those enrolled."""

import dataclasses
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from stratus.actions import observe, records, retry
from stratus.cloud import Cloud
from stratus.errors import Conflict, Denied
from stratus.model.codec import decode
from stratus.model.domain import HypervisorFacts
from stratus.model.node import COMPUTE, Node, Reach, Used
from stratus.model.requests import Actor, EnrolRequest, ListNodesRequest
from stratus.model.values import dataclass


@dataclass(frozen=True)
class _Asked:
    """A node that is to be enrolled, and what its agent says it has."""

    request: EnrolRequest
    reach: Reach
    hello: Mapping[str, Any]


def enroll(cloud: Cloud, request: EnrolRequest, actor: Actor | None = None) -> Node:
    """The node, with what its agent says it has. May be repeated: promises made on it are kept.

    Raises NodeUnreachable, Conflict; Denied for who asks from elsewhere: how an agent is reached may be any program
    of the front end's, and no role opens those."""
    if actor and actor.origin:
        raise Denied("a node is enrolled on the front end itself", hint="there: stratus node add NAME HOST")
    return enroll_all(cloud, [request])[0]


def enroll_all(cloud: Cloud, requests: Sequence[EnrolRequest]) -> list[Node]:
    """As `enroll`, for several nodes at once: all of them or none."""
    answers = [_asked(cloud, request) for request in requests]
    return retry.on_conflict(cloud, partial(_save, cloud, answers))


def nodes(cloud: Cloud, request: ListNodesRequest, actor: Actor) -> tuple[Node, ...]:
    """All nodes, by name, each with the time at which it was last seen in full."""
    swept = observe.moments(cloud)
    found = (node for node, _ in records.nodes(cloud.ledger))
    return tuple(dataclasses.replace(node, seen_s=max(node.seen_s, swept.get(node.name, 0.0))) for node in found)


def check_role(node: Node, role: str) -> None:
    """Refuse a role that takes no instances for a node that has some. Raises Conflict."""
    if role not in ("", COMPUTE) and node.used.instances:
        many = "1 instance" if node.used.instances == 1 else f"{node.used.instances} instances"
        raise Conflict(f"{node.name} has {many}, and a {role} node runs none", hint=f"stratus node drain {node.name}")


def _asked(cloud: Cloud, request: EnrolRequest) -> _Asked:
    reach = Reach(request.host, request.port, request.user, request.way, request.agent)
    blank = Node(request.name, reach, HypervisorFacts("", "", "", "", "", "", "", 0, 0))
    return _Asked(request, reach, cloud.links.to(blank).call("hello", {}, timeout_s=60.0))


def _save(cloud: Cloud, answers: Sequence[_Asked]) -> list[Node]:
    known = [records.read(cloud.ledger, records.NODE, each.request.name, Node) for each in answers]
    nodes = [
        _node(each, found[0] if found else None, cloud.clock()) for each, found in zip(answers, known, strict=True)
    ]
    revisions = [found[1] if found else 0 for found in known]
    cloud.ledger.commit([records.put_node(node, expect) for node, expect in zip(nodes, revisions, strict=True)])
    return nodes


def _node(asked: _Asked, known: Node | None, now_s: float) -> Node:
    request, hello = asked.request, asked.hello
    if known:
        check_role(known, request.role)
    return Node(
        name=request.name,
        reach=asked.reach,
        hypervisor=decode(HypervisorFacts, hello["hypervisor"]),
        state_dir=str(hello["state_dir"]),
        reflinks=bool(hello["reflinks"]),
        disk_mib=int(str(hello["disk_mib"])),
        enabled=known.enabled if known else True,
        role=request.role or (known.role if known else COMPUTE),
        used=known.used if known else Used(),
        seen_s=now_s,
        zone=known.zone if known else "",
        labels=known.labels if known else (),
        reservations=known.reservations if known else (),
        is_away=request.is_away,
        version=str(hello["version"]),
    )
