"""trail: one request across machines."""

from stratus.actions import records
from stratus.actions.access import may_see
from stratus.actions.audit import each_once, may_read
from stratus.cloud import Cloud
from stratus.errors import NotFound
from stratus.model.audit import Asked
from stratus.model.codec import decode
from stratus.model.instance import Instance
from stratus.model.order import Dispatched, Report
from stratus.model.requests import Actor, TrailRequest
from stratus.model.trail import Part, Trail


def trail(cloud: Cloud, request: TrailRequest, actor: Actor) -> Trail:
    """As it was asked, and the orders that it led to. Raises NotFound, also for what somebody else asked."""
    asked = _asked(cloud, request.request_id, actor)
    if asked is None:
        raise NotFound(f"no request {request.request_id!r}", hint="stratus audit")
    where = {"request": request.request_id}
    ended = [_ended(document.body) for document in cloud.ledger.find(records.ORDER_ARCHIVE, where=where)]
    under_way = [_under_way(each) for each in records.orders(cloud.ledger, where)]
    parts = (part for part in (*ended, *under_way) if _is_for(cloud, actor, part))
    return Trail(asked, tuple(sorted(parts, key=lambda part: part.order_id)))


def _asked(cloud: Cloud, request_id: str, actor: Actor) -> Asked | None:
    lines = (asked for asked in each_once(cloud.audit.read()) if asked.request_id == request_id)
    return next((asked for asked in lines if may_read(actor, asked)), None)


def _is_for(cloud: Cloud, actor: Actor, part: Part) -> bool:
    """A client chooses the id of its request, and may choose one that it saw in the history of an instance: what
    somebody else's request of that id led to is not for them."""
    if actor.sees_all:
        return True
    key = records.key_of(part.instance_id)
    kinds = (records.INSTANCE, records.ARCHIVE)
    found = next((each for kind in kinds if (each := records.read(cloud.ledger, kind, key, Instance))), None)
    return found is not None and may_see(actor, found[0])


def _under_way(dispatched: Dispatched) -> Part:
    order = dispatched.order
    times = (dispatched.created_s, dispatched.sent_s)
    return Part(order.id, order.instance_id, order.verb, dispatched.node, dispatched.status, *times)


def _ended(body: object) -> Part:
    assert isinstance(body, dict)
    before, report = decode(Dispatched, body["order"]), decode(Report, body["report"])
    order, fault = before.order, report.fault
    return Part(
        order_id=order.id,
        instance_id=order.instance_id,
        verb=order.verb,
        node=before.node,
        status="failed" if fault else "done",
        accepted_s=before.created_s,
        sent_s=before.sent_s,
        ended_s=report.ended_s,
        error=fault.message if fault else "",
        steps=report.timings,
    )
