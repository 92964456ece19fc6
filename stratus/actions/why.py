"""why: what an instance waits for, which node refused it, what failed, and what to do."""

from collections.abc import Iterator

from stratus.actions import access, observe, records, waiting
from stratus.cloud import Cloud
from stratus.model.expiry import prospect
from stratus.model.history import Entry
from stratus.model.instance import Instance
from stratus.model.moments import span
from stratus.model.placement.decision import Decision
from stratus.model.placement.turns import Waiting
from stratus.model.requests import Actor, WhyRequest
from stratus.model.states import State
from stratus.model.views import Reason, WhyView

LATE_S = 30.0
ASK = "ask an administrator"
_NOT_FOR_USERS = ("stratus node", "stratus dispatch", "stratus doctor", "stratus recover", "stratus install")


def why(cloud: Cloud, request: WhyRequest, actor: Actor) -> WhyView:
    """The reasons, the most telling first. Raises NotFound."""
    instance = access.find_any(cloud, actor, request.target)
    reasons = [*_failure(cloud, instance), *_node(cloud, instance), *_under_way(cloud, instance)]
    decided = records.read(cloud.ledger, records.DECISION, records.key_of(instance.id), Decision)
    told = tuple(_for(actor, reason) for reason in reasons or [_calm(instance)])
    return WhyView(instance, told, decided[0] if decided else None)


def _for(actor: Actor, reason: Reason) -> Reason:
    """The reason, without a command that is not for who asks."""
    return reason if actor.sees_all or not reason.fix.startswith(_NOT_FOR_USERS) else Reason(reason.text, ASK)


def _failure(cloud: Cloud, instance: Instance) -> list[Reason]:
    if not instance.error:
        return []
    reasons = [Reason(instance.error, instance.fix)]
    failed = [entry for entry in records.history(cloud.ledger, instance.id).entries if _failed_step(entry)]
    if failed:
        step = _failed_step(failed[-1])
        reasons.append(Reason(f"it failed at: {step}", f"stratus log {instance.id}"))
    return reasons


def _failed_step(entry: Entry) -> str:
    return next((timing.title for timing in entry.steps if timing.outcome == "failed"), "")


def _under_way(cloud: Cloud, instance: Instance) -> list[Reason]:
    if not instance.order:
        return []
    reasons = []
    for dispatched in records.orders(cloud.ledger, {"instance": str(instance.id)}):
        age_s = max(0.0, cloud.clock() - dispatched.created_s)
        verb = dispatched.order.verb
        if dispatched.status == "waiting":
            text = f"its {verb} order has waited {age_s:.0f} s for {dispatched.node} to take it"
            silent = records.node(cloud.ledger, dispatched.node)[0].trouble
            until = prospect(dispatched, cloud.clock(), cloud.settings.order_expiry_s)
            reasons.append(Reason(f"{text}, and {until}" if silent else text, "stratus dispatch --once"))
        else:
            fix = f"stratus log {instance.id}" if age_s < LATE_S else "stratus node list"
            reasons.append(Reason(f"{dispatched.node} has had its {verb} order for {age_s:.0f} s", fix))
    return reasons


def _node(cloud: Cloud, instance: Instance) -> list[Reason]:
    if instance.state is State.DONE:
        return []
    if instance.waits_for_room:
        return list(_line(cloud, instance))
    if not instance.node:
        return []
    node = records.node(cloud.ledger, instance.node)[0]
    reasons = [Reason(text, mend or "stratus node list") for text, mend in node.complaints]
    age_s = observe.age_s(cloud, node.name)
    if not reasons and instance.state is State.RUNNING and age_s > LATE_S * 2:
        return [Reason(f"{node.name} was last looked at {age_s:.0f} s ago", "stratus dispatch --once")]
    return reasons


def _line(cloud: Cloud, instance: Instance) -> Iterator[Reason]:
    """Why it has no room yet, how many are before it, and when it gives up."""
    before = waiting.before(cloud, instance)
    why_not = waiting.refusal(cloud, instance)
    yield Reason(why_not or "there is room for it now, and it is its turn soon", "stratus capacity")
    asked = records.read(cloud.ledger, records.WAITING, records.key_of(instance.id), Waiting)
    after_s = cloud.settings.queue_expiry_s
    left_s = asked[0].since_s + after_s - cloud.clock() if asked else 0.0
    left = f"gives up in {span(left_s)}" if after_s else "does not give up"
    who = "nobody is before it" if not before else f"{before} {'is' if before == 1 else 'are'} before it"
    yield Reason(f"it waits in line: {who}, and it {left}", f"stratus kill {instance.id}, to wait no more")


def _calm(instance: Instance) -> Reason:
    if instance.state is State.DONE:
        return Reason("it is done, as it was asked to be", f"stratus log {instance.id}")
    if instance.state is State.STOPPED:
        return Reason("it was stopped, or it powered itself off", f"stratus start {instance.id}")
    return Reason(f"it is {instance.state}, as it should be")
