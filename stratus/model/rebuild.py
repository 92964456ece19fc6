"""Rebuilding what the ledger has lost: an instance from the record beside its disks and from what runs. Pure."""

import dataclasses
from collections.abc import Iterator, Mapping

from stratus.model.context.values import ContextRequest
from stratus.model.doctor.accounts import address_key, name_key
from stratus.model.doctor.books import Books
from stratus.model.doctor.corrections import Correction, Enter, EnterImage
from stratus.model.domain import Power
from stratus.model.image import ImageEntry
from stratus.model.inspection import Inspection
from stratus.model.instance import Blueprint, ExtraDisk, Instance
from stratus.model.paths import NodePaths
from stratus.model.record import Record
from stratus.model.states import State
from stratus.model.values import dataclass

EXTRA = {"swap.raw": "swap", "volatile.raw": "ext4"}


@dataclass(frozen=True)
class Rebuilt:
    """What the ledger gets back, what it does not and why, and the highest number that an instance ever had."""

    corrections: tuple[Correction, ...]
    left: tuple[str, ...]
    last_instance: int


def rebuild(books: Books, looks: Mapping[str, Inspection]) -> Rebuilt:
    """Everything that the nodes know and the ledger does not. What it does know is not touched."""
    entered, left = _instances(books, looks)
    images = tuple(_images(books, looks, [one.instance for one in entered]))
    last = max((seen.last_instance for seen in looks.values()), default=0)
    return Rebuilt((*images, *entered), tuple(left), last)


def _instances(books: Books, looks: Mapping[str, Inspection]) -> tuple[list[Enter], list[str]]:
    entered: list[Enter] = []
    left: list[str] = []
    taken = {*books.addresses, *books.names}
    for node, seen in looks.items():
        for folder in seen.folders:
            if folder.id in books.instances or folder.id in books.ended:
                continue
            if folder.record is None:
                left.append(f"instance {folder.id} on {node}: its record is {folder.record_trouble}")
                continue
            one = Enter(*rebuilt(folder.record, node, seen))
            holds = {address_key(one.instance), name_key(one.instance)}
            if holds & taken:
                left.append(f"instance {folder.id} on {node}: {', '.join(sorted(holds & taken))} is another's by now")
                continue
            taken |= holds
            entered.append(one)
    return entered, left


def _images(books: Books, looks: Mapping[str, Inspection], users: list[Instance]) -> Iterator[EnterImage]:
    """The sound images, by the names that their instances remember, or else by their identifiers."""
    names = {one.image: one.image_name for one in users}
    taken = {*books.image_names}
    known = {*books.images}
    for node, seen in looks.items():
        if node in books.nodes and books.nodes[node].value.is_away:
            continue  # what it has are copies
        for image in seen.images or ():
            if image.facts is None or image.trouble or image.identifier in known:
                continue
            name = names.get(image.identifier, image.identifier)
            name = image.identifier if name in taken else name
            taken.add(name)
            known.add(image.identifier)
            # Whose it was is not known: until it is brought in again, it is for administrators.
            entry = ImageEntry(image.facts, name, "", f"found on {seen.node}", seen.at_s, shared=False)
            yield EnterImage(entry)


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
