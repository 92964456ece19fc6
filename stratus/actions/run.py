"""run: from a request to instances that are promised, each with its order, in one transaction."""

import ipaddress
import re
from functools import partial

from stratus.actions import epoch, promise, records, reserve, retry, wishes
from stratus.actions.image.foresee import foresee
from stratus.actions.image.resolve import resolve
from stratus.actions.planning import Intent, plans
from stratus.actions.users.accounts import Accounts
from stratus.cloud import Cloud
from stratus.drivers.images.protocol import Progress
from stratus.drivers.ledger.protocol import Delete, Put
from stratus.errors import BadInput, NotFound
from stratus.model.addresses import AddressClass, default_class
from stratus.model.blueprint import blueprint_of, image_on
from stratus.model.codec import encode
from stratus.model.context.disk import context_disk, nic_of
from stratus.model.context.values import ContextInstance
from stratus.model.image import ImageEntry
from stratus.model.instance import Blueprint, Instance, Lease
from stratus.model.machine_type import MachineType, choose
from stratus.model.node import Node
from stratus.model.order import Dispatched, Order
from stratus.model.placement import Need
from stratus.model.placement.decision import Decision, decision_of
from stratus.model.plan import Plan, steps_to_run
from stratus.model.quota import Usage
from stratus.model.requests import Actor, RunRequest
from stratus.model.steps import Step
from stratus.model.steps.images import SendImage
from stratus.model.values import dataclass
from stratus.model.views import Accepted

NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\Z")
OURS = re.compile(r"one-[0-9]+\Z", re.IGNORECASE)  # what an instance is called that was given no name
MAX_COUNT = 1000


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


def run(cloud: Cloud, request: RunRequest, actor: Actor, progress: Progress) -> Accepted:
    """Promise `request.count` instances, all or none; with `plan`, only show what would be done.

    Raises NotFound, BadInput, NoCapacity, QuotaExceeded, Conflict."""
    check(request)
    kind = choose(
        cloud.settings.types,
        request.machine_type or cloud.settings.default_type,
        cpu=request.cpu,
        ram_mib=request.ram_mib,
        swap_mib=request.swap_mib,
    )
    network = cloud.network(request.network) if request.network else default_class(cloud.settings.networks)
    if request.plan:
        image, arrival = foresee(cloud, request.image, actor)
        return Accepted(plans=(*arrival, *_plan(cloud, Wanted(request, actor, kind, network, image))))
    image = resolve(cloud, request.image, actor, progress)
    return retry.on_conflict(cloud, partial(_run, cloud, Wanted(request, actor, kind, network, image)))


def check(request: RunRequest) -> None:
    """Raise BadInput for what no cloud could do."""
    if not 1 <= request.count <= MAX_COUNT:
        raise BadInput(f"-n must be between 1 and {MAX_COUNT}, not {request.count}")
    if request.name and (not NAME.match(request.name) or request.name.isdigit()):
        raise BadInput(
            f"{request.name!r} is no host name", hint="use letters, digits and hyphens, at most 63, not digits alone"
        )
    last = request.name if request.count == 1 else f"{request.name}-{request.count}"
    if len(last) > 63:
        raise BadInput(f"{last} is too long for a host name", hint="choose a shorter --name")
    if OURS.match(last):
        raise BadInput(f"{last} is what the cloud calls an instance that has no name", hint="choose another --name")
    if request.address and request.count > 1:
        raise BadInput("one address cannot be given to several instances", hint="leave --address out, or use -n 1")
    if not 0 <= request.volatile_gib <= 1024:
        raise BadInput(f"--volatile-disk must be between 0 and 1024 GB, not {request.volatile_gib}")
    try:
        ipaddress.ip_address(request.vnc_listen)
    except ValueError as error:
        raise BadInput("VNC listen IP is not valid", hint="--vnc-listen 127.0.0.1") from error
    if not re.fullmatch(r"[a-z0-9-]{1,16}", request.keymap):
        raise BadInput(f"{request.keymap!r} is no keymap", hint="--keymap en-us")


def _plan(cloud: Cloud, wanted: Wanted) -> tuple[Plan, ...]:
    drafts, _ = _drafts(cloud, wanted)
    nodes = {node.name: node for node, _ in records.nodes(cloud.ledger)}
    lacking = {
        name for name, node in nodes.items() if node.is_away and wanted.image.facts.identifier not in node.images
    }
    intents = []
    for draft in drafts:
        node = nodes[draft.instance.node]
        sent = (_sending(node, wanted.image),) if node.name in lacking else ()
        lacking.discard(node.name)  # the first of several brings it for all
        intents.append(Intent(draft.instance, (*sent, *draft.steps), wanted.need, 1))
    return plans(cloud, "run", intents)


def _sending(node: Node, image: ImageEntry) -> SendImage:
    return SendImage(image.facts.path, node.reach.host, image_on(node, image).path)


def _run(cloud: Cloud, wanted: Wanted) -> Accepted:
    return _commit(cloud, wanted, *_drafts(cloud, wanted))


def _drafts(cloud: Cloud, wanted: Wanted) -> tuple[list[Draft], list[Put | Delete]]:
    """The instances that could be promised, and the changes that reserve what they take. Saves nothing."""
    request = wanted.request
    changes: list[Put | Delete] = []
    ids = promise.take_numbers(cloud, "instance", request.count, changes)
    names = _names(request, ids)
    if request.name:  # the others come from the counter: one that is taken was taken since that was read, so retry
        reserve.check_names(cloud, names)
    leases = reserve.addresses(cloud, wanted.network, request.count, request.address, changes)
    nodes, accounts = reserve.Nodes(cloud), Accounts(cloud)
    accounts.take(wanted.actor.name, wanted.usage)
    rules, wish = nodes.rules(wanted.actor.name), wishes.wish_of(cloud, request, wanted.need, wanted.actor)
    placed = nodes.place(wish, rules, wanted.what, request.count, request.nodes)
    drafts = []
    for instance_id, name, lease, (asked, choice) in zip(ids, names, leases, placed, strict=True):
        node = choice.takers[0]
        instance = _instance(cloud, wanted, node, instance_id, name, lease)
        drafts.append(_draft(cloud, wanted, node, instance, decision_of(asked, choice, rules, cloud.clock())))
    return drafts, [*changes, *nodes.changes(), *accounts.changes()]


def _names(request: RunRequest, ids: range) -> list[str]:
    if not request.name:
        return [f"one-{instance_id}" for instance_id in ids]
    if request.count == 1:
        return [request.name]
    return [f"{request.name}-{number}" for number in range(1, request.count + 1)]


def _instance(cloud: Cloud, wanted: Wanted, node: Node, instance_id: int, name: str, lease: Lease) -> Instance:
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
        node=node.name,
        uuid=cloud.new_uuid(),
        created_s=now,
        changed_s=now,
        together=wanted.request.together,
        apart=wanted.request.apart,
    )


def _draft(cloud: Cloud, wanted: Wanted, node: Node, instance: Instance, decision: Decision) -> Draft:
    bridge = wanted.network.bridge
    blueprint = blueprint_of(instance, wanted.request, node, wanted.network, wanted.image)
    told = ContextInstance(instance.id, instance.name, instance.uuid, (nic_of(blueprint.port, bridge),))
    context = context_disk(wanted.request.context, told)
    image = image_on(node, wanted.image)
    steps = steps_to_run(instance, blueprint, image, bridge, context, node.hypervisor.uri)
    return Draft(instance, blueprint, steps, decision)


def _commit(cloud: Cloud, wanted: Wanted, drafts: list[Draft], changes: list[Put | Delete]) -> Accepted:
    numbers = promise.take_numbers(cloud, "order", len(drafts), changes)
    life = epoch.current(cloud)
    changes.append(_image_is_there(cloud, wanted.image))
    promised, cause = [], f"run by {wanted.actor.name}"
    for number, draft in zip(numbers, drafts, strict=True):
        order_id = promise.order_key(number, draft.instance.id)
        instance = draft.instance.ordered(order_id, draft.instance.goal)
        order = Order(order_id, instance.id, instance.generation, life, "run", draft.steps, wanted.actor.request_id)
        changes += records.put_instance(instance, 0)
        changes += reserve.hold(instance)
        changes.append(Put(records.BLUEPRINT, records.key_of(instance.id), encode(draft.blueprint), 0))
        changes.append(Put(records.DECISION, records.key_of(instance.id), encode(draft.decision), 0))
        changes.append(records.put_order(Dispatched(order, instance.node, "waiting", cloud.clock())))
        changes.append(records.remember(cloud.ledger, instance, cloud.clock(), cause, wanted.actor.request_id))
        promised.append(instance)
    cloud.ledger.commit(changes)
    return Accepted(tuple(promised))


def _image_is_there(cloud: Cloud, image: ImageEntry) -> Put:
    """A write that fails when the image was deleted meanwhile, and that makes a deletion under way fail."""
    document = cloud.ledger.get(records.IMAGE, image.facts.identifier)
    if document is None:
        raise NotFound(f"image {image.name} was deleted meanwhile", hint="stratus image list")
    return records.put_image(records.value_of(document, ImageEntry), document.revision)
