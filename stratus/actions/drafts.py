"""What an instance could be promised as: itself, what it is made of, its steps, and the changes that promise it."""

from stratus.actions import promise, records, reserve
from stratus.cloud import Cloud
from stratus.drivers.ledger.protocol import Delete, Put
from stratus.errors import NotFound
from stratus.model.addresses import AddressClass
from stratus.model.blueprint import blueprint_of, image_on
from stratus.model.codec import encode
from stratus.model.context.disk import context_disk, nic_of
from stratus.model.context.values import ContextInstance
from stratus.model.image import ImageEntry
from stratus.model.instance import Blueprint, Instance, Lease
from stratus.model.machine_type import MachineType
from stratus.model.node import Node
from stratus.model.order import Dispatched, Order
from stratus.model.placement import Need
from stratus.model.placement.decision import Decision
from stratus.model.plan import steps_to_run
from stratus.model.quota import Usage
from stratus.model.requests import Actor, RunRequest
from stratus.model.steps import Step
from stratus.model.values import dataclass


@dataclass(frozen=True)
class Wanted:
    """A request with everything that it names looked up."""

    request: RunRequest
    actor: Actor
    kind: MachineType
    network: AddressClass
    image: ImageEntry

    @property
    def what(self) -> str:
        """What each instance is, for whoever reads why there is no room for it."""
        return f"{self.kind.name} ({self.kind.cpu} CPU, {self.kind.ram_mib} MiB)"

    @property
    def need(self) -> Need:
        """What each instance takes from its node."""
        return Need(self.kind.cpu, self.kind.ram_mib, self.kind.swap_mib + self.request.volatile_gib * 1024)

    @property
    def usage(self) -> Usage:
        """What all of them take of their owner's quota."""
        need, count = self.need, self.request.count
        held = (count, need.vcpu * count, need.ram_mib * count, need.disk_mib * count)
        return Usage(*held, addresses=count)


@dataclass(frozen=True)
class Draft:
    """One instance that could be promised: itself, what it is made of, and the steps that make it."""

    instance: Instance
    blueprint: Blueprint
    steps: tuple[Step, ...]
    decision: Decision


def instance_of(cloud: Cloud, wanted: Wanted, instance_id: int, name: str, lease: Lease, node: str = "") -> Instance:
    """An instance as it would be promised: on a node, or, without one, waiting for room."""
    now = cloud.clock()
    return Instance(
        id=instance_id,
        name=name,
        owner=wanted.actor.name,
        image=wanted.image.facts.identifier,
        image_name=wanted.image.name,
        machine_type=wanted.kind.name,
        cpu=wanted.kind.cpu,
        ram_mib=wanted.kind.ram_mib,
        swap_mib=wanted.kind.swap_mib,
        volatile_gib=wanted.request.volatile_gib,
        lease=lease,
        node=node,
        uuid=cloud.new_uuid(),
        created_s=now,
        changed_s=now,
        together=wanted.request.together,
        apart=wanted.request.apart,
        holds_capacity=bool(node),
    )


def draft_of(cloud: Cloud, wanted: Wanted, node: Node, instance: Instance, decision: Decision) -> Draft:
    """The instance with everything that makes it, on its node."""
    bridge = wanted.network.bridge
    hostname = reserve.hostname(cloud, instance)
    blueprint = blueprint_of(instance, wanted.request, node, wanted.network, wanted.image, hostname)
    told = ContextInstance(instance.id, instance.name, instance.uuid, (nic_of(blueprint.port, bridge),))
    context = context_disk(wanted.request.context, told)
    image = image_on(node, wanted.image)
    steps = steps_to_run(instance, blueprint, image, bridge, context, node.hypervisor.uri)
    return Draft(instance, blueprint, steps, decision)


def promised(
    cloud: Cloud, wanted: Wanted, draft: Draft, number: int, life: int, *, expect: int
) -> tuple[Instance, list[Put | Delete]]:
    """The instance with its order, and the changes that promise them; `expect` is its revision, 0 if it is new."""
    key, now, actor = records.key_of(draft.instance.id), cloud.clock(), wanted.actor
    order_id = promise.order_key(number, draft.instance.id)
    instance = draft.instance.ordered(order_id, draft.instance.goal)
    order = Order(order_id, instance.id, instance.generation, life, "run", draft.steps, actor.request_id)
    cause = f"run by {actor.name}" if not expect else f"there is room on {instance.node}"
    return instance, [
        *records.put_instance(instance, expect),
        Put(records.BLUEPRINT, key, encode(draft.blueprint), 0),
        Put(records.DECISION, key, encode(draft.decision), 0),
        records.put_order(Dispatched(order, instance.node, "waiting", now)),
        records.remember(cloud.ledger, instance, now, cause, actor.request_id),
    ]


def image_is_there(cloud: Cloud, image: ImageEntry) -> Put:
    """A write that fails when the image was deleted meanwhile, and that makes a deletion under way fail."""
    document = cloud.ledger.get(records.IMAGE, image.facts.identifier)
    if document is None:
        raise NotFound(f"image {image.name} was deleted meanwhile", hint="stratus image list")
    return records.put_image(records.value_of(document, ImageEntry), document.revision)
