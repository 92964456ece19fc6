"""Corrections of the ledger as commits: each conflicts when its document is not what it was judged by."""

import dataclasses

from stratus.actions import records, reserve
from stratus.actions.users.accounts import Accounts
from stratus.cloud import Cloud
from stratus.drivers.ledger.protocol import Delete, Put
from stratus.errors import Conflict
from stratus.model.codec import encode
from stratus.model.doctor.corrections import (
    Correction,
    Count,
    CountUsage,
    Enter,
    EnterImage,
    Forget,
    GiveKey,
    Hold,
    Resend,
    Settle,
)
from stratus.model.image import ImageName
from stratus.model.order import Dispatched
from stratus.model.quota import held_by
from stratus.model.states import State

# What an instance is whose order was lost: the node says what runs, and what was being made or unmade has failed.
AFTER_LOSS = {State.SHUTDOWN: State.UNKNOWN, State.RUNNING: State.RUNNING, State.STOPPED: State.STOPPED}


def changes_of(cloud: Cloud, correction: Correction) -> list[Put | Delete]:
    """The changes. Raises Conflict when the ledger has moved on."""
    if isinstance(correction, Forget):
        return [Delete(correction.about, correction.key, correction.revision)]
    if isinstance(correction, Hold):
        return [_hold(correction)]
    if isinstance(correction, Count):
        node, _ = records.node(cloud.ledger, correction.node)
        return [records.put_node(node.with_used(correction.used), correction.revision)]
    if isinstance(correction, CountUsage):
        return [records.put_usage(correction.key, correction.usage, correction.revision)]
    if isinstance(correction, GiveKey):
        return [records.put_key(correction.fingerprint, correction.user)]
    if isinstance(correction, Resend):
        return [_resend(cloud, correction)]
    if isinstance(correction, Settle):
        return _settle(cloud, correction)
    if isinstance(correction, EnterImage):
        return _enter_image(correction)
    return _enter(cloud, correction)


def _hold(correction: Hold) -> Put:
    """Only one of what holds an instance is missing; the other is left as it is."""
    (change,) = (put for put in reserve.hold(correction.instance) if put.kind == correction.about)
    assert isinstance(change, Put)
    return change


def _resend(cloud: Cloud, correction: Resend) -> Put:
    found = records.read(cloud.ledger, records.ORDER, correction.order, Dispatched)
    if found is None:
        raise Conflict(f"order {correction.order} has ended meanwhile")
    return records.put_order(dataclasses.replace(found[0], status="waiting"), correction.revision)


def _settle(cloud: Cloud, correction: Settle) -> list[Put | Delete]:
    instance, _ = records.instance(cloud.ledger, correction.instance)
    after = AFTER_LOSS.get(instance.state, State.FAILED)
    lost = "its order was lost" if after is State.FAILED else ""
    fix = f"stratus kill {instance.id}" if lost else ""
    settled = instance.moved_to(after, at_s=cloud.clock(), error=lost, fix=fix).settled()
    history = records.remember(cloud.ledger, settled, cloud.clock(), "the doctor: its order was lost")
    return [*records.put_instance(settled, correction.revision), history]


def _enter(cloud: Cloud, correction: Enter) -> list[Put | Delete]:
    """The instance with everything that it holds, and a number that nobody gets again."""
    instance = correction.instance
    nodes, accounts = reserve.Nodes(cloud), Accounts(cloud)
    nodes.enter(instance)
    accounts.add(instance.owner, held_by(instance))
    blueprint = Put(records.BLUEPRINT, records.key_of(instance.id), encode(correction.blueprint))
    history = records.remember(cloud.ledger, instance, cloud.clock(), "found on its node; the ledger had lost it")
    return [
        *records.put_instance(instance, 0),
        *reserve.hold(instance),
        blueprint,
        history,
        *nodes.changes(),
        *accounts.changes(),
        *beyond(cloud, "instance", instance.id),
    ]


def beyond(cloud: Cloud, counter: str, number: int) -> list[Put | Delete]:
    """The change that makes a counter go on behind `number`; none if it does."""
    document = cloud.ledger.get(records.COUNTER, counter)
    if document is not None and int(document.body["last"]) >= number:
        return []
    return [Put(records.COUNTER, counter, {"last": number}, document.revision if document else 0)]


def _enter_image(correction: EnterImage) -> list[Put | Delete]:
    entry = correction.entry
    name = ImageName(entry.facts.identifier, source=entry.source, created_s=entry.created_s)
    return [records.put_image(entry, 0), records.put_image_name(entry.name, name, 0)]
