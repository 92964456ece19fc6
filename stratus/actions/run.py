"""run: from a request to instances that are promised, each with its order, in one transaction."""

import ipaddress
import re
from functools import partial

from stratus.actions import epoch, promise, records, reserve, retry, wishes
from stratus.actions.drafts import Draft, Wanted, draft_of, image_is_there, instance_of, promised
from stratus.actions.image.foresee import foresee
from stratus.actions.image.resolve import resolve
from stratus.actions.planning import Intent, plans
from stratus.actions.users.accounts import Accounts
from stratus.cloud import Cloud
from stratus.drivers.images.protocol import Progress
from stratus.drivers.ledger.protocol import Delete, Put
from stratus.errors import BadInput, NoCapacity
from stratus.model.addresses import default_class
from stratus.model.blueprint import image_on
from stratus.model.image import ImageEntry
from stratus.model.machine_type import choose
from stratus.model.node import Node
from stratus.model.placement.decision import decision_of
from stratus.model.plan import NOWHERE, Plan, PlannedStep
from stratus.model.requests import Actor, RunRequest
from stratus.model.steps.images import SendImage
from stratus.model.takes import Takes
from stratus.model.views import Accepted

NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\Z")
OURS = re.compile(r"one-[0-9]+\Z", re.IGNORECASE)  # what an instance is called that was given no name
MAX_COUNT = 1000
VNC_PORTS = range(5900, 65536)


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
        raise BadInput(f"-n must be between 1 and {MAX_COUNT}, not {request.count}", hint="stratus run --help")
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
        raise BadInput(
            f"--volatile-disk must be between 0 and 1024 GB, not {request.volatile_gib}", hint="stratus run --help"
        )
    try:
        ipaddress.ip_address(request.vnc_listen)
    except ValueError as error:
        raise BadInput("VNC listen IP is not valid", hint="--vnc-listen 127.0.0.1") from error
    if request.vnc_port != -1 and request.vnc_port not in VNC_PORTS:
        raise BadInput(f"a VNC screen cannot listen on port {request.vnc_port}", hint="--vnc-port 5900 to 65535")
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,15}", request.keymap):
        raise BadInput(f"{request.keymap!r} is no keymap", hint="--keymap en-us")


def _plan(cloud: Cloud, wanted: Wanted) -> tuple[Plan, ...]:
    try:
        drafts, _ = _drafts(cloud, wanted)
    except NoCapacity as refusal:
        if not wanted.request.queue:
            raise
        wait = PlannedStep(f"wait for room: {refusal.message}", ())
        return tuple(Plan("run", name, NOWHERE, Takes(), (wait,)) for name in _future_names(cloud, wanted.request))
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
    try:
        return _commit(cloud, wanted, *_drafts(cloud, wanted))
    except NoCapacity:
        if not wanted.request.queue:
            raise
    from stratus.actions.waiting import queue

    changes: list[Put | Delete] = []
    ids = promise.take_numbers(cloud, "instance", wanted.request.count, changes)
    names = _names(wanted.request, ids)
    if wanted.request.name:
        reserve.check_names(cloud, wanted.actor.name, names)
    return queue(cloud, wanted, names, ids, changes)


def _drafts(cloud: Cloud, wanted: Wanted) -> tuple[list[Draft], list[Put | Delete]]:
    """The instances that could be promised, and the changes that reserve what they take. Saves nothing."""
    request = wanted.request
    changes: list[Put | Delete] = []
    ids = promise.take_numbers(cloud, "instance", request.count, changes)
    names = _names(request, ids)
    if request.name:  # the others come from the counter: one that is taken was taken since that was read, so retry
        reserve.check_names(cloud, wanted.actor.name, names)
    leases = reserve.addresses(cloud, wanted.network, request.count, request.address, changes)
    nodes, accounts = reserve.Nodes(cloud), Accounts(cloud)
    accounts.take(wanted.actor.name, wanted.usage)
    rules, wish = nodes.rules(wanted.actor.name), wishes.wish_of(cloud, request, wanted.need, wanted.actor)
    placed = nodes.place(wish, rules, wanted.what, request.count, request.nodes)
    drafts = []
    for instance_id, name, lease, (asked, choice) in zip(ids, names, leases, placed, strict=True):
        node = choice.takers[0]
        instance = instance_of(cloud, wanted, instance_id, name, lease, node.name)
        drafts.append(draft_of(cloud, wanted, node, instance, decision_of(asked, choice, rules, cloud.clock())))
    return drafts, [*changes, *nodes.changes(), *accounts.changes()]


def _future_names(cloud: Cloud, request: RunRequest) -> list[str]:
    return _names(request, promise.take_numbers(cloud, "instance", request.count, []))


def _names(request: RunRequest, ids: range) -> list[str]:
    if not request.name:
        return [f"one-{instance_id}" for instance_id in ids]
    if request.count == 1:
        return [request.name]
    return [f"{request.name}-{number}" for number in range(1, request.count + 1)]


def _commit(cloud: Cloud, wanted: Wanted, drafts: list[Draft], changes: list[Put | Delete]) -> Accepted:
    numbers = promise.take_numbers(cloud, "order", len(drafts), changes)
    life = epoch.current(cloud)
    changes.append(image_is_there(cloud, wanted.image))
    accepted = []
    for number, draft in zip(numbers, drafts, strict=True):
        instance, more = promised(cloud, wanted, draft, number, life, expect=0)
        changes += [*more, *reserve.hold(instance)]
        accepted.append(instance)
    cloud.ledger.commit(changes)
    return Accepted(tuple(accepted))
