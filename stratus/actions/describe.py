"""describe: what instances are, from the ledger alone; nodes are never asked while a user waits."""

from collections.abc import Mapping
from dataclasses import replace

from stratus.actions import access, observe, records
from stratus.cloud import Cloud
from stratus.errors import BadInput
from stratus.model.instance import Blueprint, Instance, InstanceView
from stratus.model.requests import Actor, DescribeRequest
from stratus.model.states import State


def describe(cloud: Cloud, request: DescribeRequest, actor: Actor) -> tuple[InstanceView, ...]:
    """The instances that were named, or all that the actor may see, by id. Raises NotFound, BadInput."""
    unknown = [state for state in request.states if state not in list(State)]
    if unknown:
        raise BadInput(f"{unknown[0]!r} is no state", hint=f"one of: {', '.join(State)}")
    if request.targets:
        found = [access.find_any(cloud, actor, target) for target in request.targets]
        return _views(cloud, actor, found, full=True)
    return _views(cloud, actor, _listed(cloud, request, access.visible(actor)), full=False)


def _listed(cloud: Cloud, request: DescribeRequest, visible: Mapping[str, str]) -> list[Instance]:
    if request.states:
        states = dict.fromkeys(request.states)
        chosen = [i for state in states for i in records.instances(cloud.ledger, {"state": state, **visible})]
    else:
        chosen = records.instances(cloud.ledger, visible)
    if request.finished or State.DONE in request.states:
        chosen += [
            records.value_of(document, Instance) for document in cloud.ledger.find(records.ARCHIVE, where=visible)
        ]
    return sorted(chosen, key=lambda instance: instance.id)


def _views(cloud: Cloud, actor: Actor, found: list[Instance], *, full: bool) -> tuple[InstanceView, ...]:
    sweeps = {name: observe.last(cloud, name) for name in {instance.node for instance in found} - {""}}
    stale = {node.name: node.stale for node, _ in records.nodes(cloud.ledger)} if found else {}
    nowhere = observe.Sweep(0.0)  # of those that wait for room
    views = [_view(cloud, instance, sweeps.get(instance.node, nowhere), full=full) for instance in found]
    return tuple(
        replace(view, stale=stale.get(view.instance.node, ""), called=access.called(actor, view.instance))
        for view in views
    )


def _view(cloud: Cloud, instance: Instance, sweep: observe.Sweep, *, full: bool) -> InstanceView:
    sample = sweep.samples.get(instance.domain)
    made_of = records.read(cloud.ledger, records.BLUEPRINT, records.key_of(instance.id), Blueprint) if full else None
    blueprint = made_of[0] if made_of else None
    now_s = cloud.clock()
    age_s = max(0.0, now_s - sweep.at_s) if sweep.at_s else 0.0  # the clock may have been set back since
    cpu, ram_kib = (sample.cpu_percent, sample.status.ram_kib) if sample else (0, 0)
    return InstanceView(instance, cpu, ram_kib, age_s, now_s, blueprint)
