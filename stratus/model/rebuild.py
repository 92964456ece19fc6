"""Rebuilding what the ledger has lost: an instance from the record beside its disks and from what runs. Pure."""

import dataclasses

from stratus.model.context import ContextRequest
from stratus.model.domain import Power
from stratus.model.inspection import Inspection
from stratus.model.instance import Blueprint, ExtraDisk, Instance
from stratus.model.paths import NodePaths
from stratus.model.record import Record
from stratus.model.states import State

EXTRA = {"swap.raw": "swap", "volatile.raw": "ext4"}


def rebuilt(record: Record, node: str, seen: Inspection) -> tuple[Instance, Blueprint]:
    """The instance as it stands on its node, and what it is made of. What it was told at its first boot is on its
    context disk only: the record has no secrets."""
    instance = record.instance
    status = (seen.domains or {}).get(instance.domain)
    runs = status is not None and status.power in (Power.RUNNING, Power.PAUSED)
    now = dataclasses.replace(
        instance,
        node=node,
        state=State.RUNNING if runs else State.STOPPED,
        goal=State.RUNNING if runs else State.STOPPED,
        generation=max(instance.generation, seen.generations.get(str(instance.id), 0)) + 1,
        changed_s=seen.at_s,
        order="",
        error="",
        fix="",
        holds_capacity=runs,
        holds_lease=True,
    )
    folder = NodePaths(seen.state_dir).instance(instance.id)
    sizes = {"swap": instance.swap_mib, "ext4": instance.volatile_gib * 1024}
    extras = tuple(
        ExtraDisk(disk.path, sizes[kind], kind)
        for disk in record.domain.disks
        for name, kind in EXTRA.items()
        if disk.path == f"{folder}/{name}"
    )
    return now, Blueprint(record.domain, extras, record.port, folder, ContextRequest())
