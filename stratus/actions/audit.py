"""audit: what was asked of the cloud, newest first."""

from collections.abc import Iterator
from itertools import islice

from stratus.cloud import Cloud
from stratus.drivers.audit.protocol import Line
from stratus.errors import BadInput
from stratus.model.audit import ASKED, Asked
from stratus.model.codec import decode
from stratus.model.requests import Actor, AuditRequest

MOST = 1_000_000  # requests in one answer


def audit(cloud: Cloud, request: AuditRequest, actor: Actor) -> tuple[Asked, ...]:
    """Those requests that fit; of others only for who sees everything. The cost follows what is read back to.

    Raises BadInput."""
    if not 1 <= request.limit <= MOST:
        raise BadInput(f"at least one, and at most {MOST}", hint="stratus audit --limit 50")
    until_s = request.until_s or float("inf")
    lines = cloud.audit.read(request.since_s, until_s)
    fitting = (asked for asked in each_once(lines) if _fits(asked, request) and may_read(actor, asked))
    return tuple(islice(fitting, request.limit))


def may_read(actor: Actor, asked: Asked) -> bool:
    """Whether it was theirs, or they see everybody's."""
    return actor.sees_all or asked.who == actor.name


def each_once(lines: Iterator[Line]) -> Iterator[Asked]:
    """The requests of these lines, newest first. Of one that has ended the line before is left out."""
    ended: set[str] = set()
    for line in lines:
        asked = decode(Asked, line)
        if asked.outcome != ASKED and asked.changes:
            ended.add(asked.request_id)
        elif asked.outcome == ASKED and asked.request_id in ended:
            ended.discard(asked.request_id)
            continue
        yield asked


def _fits(asked: Asked, request: AuditRequest) -> bool:
    return (
        (not request.who or asked.who == request.who)
        and (not request.verb or asked.verb == request.verb)
        and (not request.thing or request.thing in asked.objects)
        and (not request.changes or asked.changes)
    )
