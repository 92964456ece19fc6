"""trail: one request across machines."""

from stratus.actions import records
from stratus.actions.audit import each_once, may_read
from stratus.cloud import Cloud
from stratus.errors import NotFound
from stratus.model.audit import Asked
from stratus.model.codec import decode
from stratus.model.order import Dispatched, Report
from stratus.model.requests import Actor, TrailRequest
from stratus.model.trail import Part, Trail


def trail(cloud: Cloud, request: TrailRequest, actor: Actor) -> Trail:
    """As it was asked, and the orders that it led to. Raises NotFound, also for what somebody else asked."""
    asked = _asked(cloud, request.request_id)
    if asked is None or not may_read(actor, asked):
        raise NotFound(f"no request {request.request_id!r}", hint="stratus audit")
    where = {"request": request.request_id}
    ended = [_ended(document.body) for document in cloud.ledger.find(records.ORDER_ARCHIVE, where=where)]
    under_way = [_under_way(each) for each in records.orders(cloud.ledger, where)]
    return Trail(asked, tuple(sorted((*ended, *under_way), key=lambda part: part.order_id)))


def _asked(cloud: Cloud, request_id: str) -> Asked | None:
    return next((asked for asked in each_once(cloud.audit.read()) if asked.request_id == request_id), None)


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
