"""Whether a cloud is whole: ledger, node, journal and queues say the same, and each request has ended exactly once."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from stratus.actions import records
from stratus.model.domain import Power
from stratus.model.history import History
from stratus.model.instance import Instance
from stratus.model.quota import Usage, total
from stratus.model.states import SETTLED, State
from tests.faults.disk_site import NODE, DiskSite

VERBS = ("run", "kill", "stop", "start", "reboot", "shutdown")
OVERTAKEN = "ended, but a newer order is under way"
ENDS = ("is done", "failed", OVERTAKEN)
FILES = {"instance.json", "context.iso", "domain.xml"}


def whole(site: DiskSite) -> list[str]:
    """What is wrong, in words; nothing, as it should be."""
    return [*_ended(site), *_ledger(site), *_node(site), *_agent(site)]


def _living(site: DiskSite) -> list[Instance]:
    return records.instances(site.ledger)


def _present(site: DiskSite) -> list[Instance]:
    """The living instances of which something is on the node: all but those whose run was undone."""
    return [instance for instance in _living(site) if instance.holds_lease]


def _ended(site: DiskSite) -> Iterator[str]:
    """Each order that was given out has one end, and one only."""
    archived = [records.value_of(each, dict)["order"] for each in site.ledger.find(records.ORDER_ARCHIVE)]
    ends = Counter(each["order"]["id"] for each in archived)
    yield from (f"order {order} has not ended" for order in (o.order.id for o in records.orders(site.ledger)))
    yield from (f"order {order} ended {count} times" for order, count in ends.items() if count != 1)
    for instance in _living(site):
        if instance.order or instance.state not in SETTLED:
            yield f"instance {instance.id} is still {instance.state}, order {instance.order!r}"
    for document in site.ledger.find(records.HISTORY):
        causes = Counter(entry.cause.partition(":")[0] for entry in records.value_of(document, History).entries)
        unsent = causes["kill by alice; nothing was on the node"]  # the run and the kill ended there and then
        yield from _booted(site, int(document.key), causes)
        for verb in VERBS:
            asked = causes[f"{verb} by alice"] - (unsent if verb == "run" else 0)
            ended = sum(causes[f"{verb} {end}"] for end in ENDS)
            if ended != asked:
                yield f"instance {int(document.key)}: {verb} was asked for {asked} times and ended {ended} times"


def _booted(site: DiskSite, number: int, causes: Counter[str]) -> Iterator[str]:
    """Each run and start powers on once. A reset may be repeated: whether it was given before the kill, nobody can say."""
    boots = site.hypervisor.boots.get(f"one-{number}", 0)
    wanted = sum(causes[f"{verb} is done"] for verb in ("run", "start", "reboot"))
    overtaken = sum(causes[f"{verb} {OVERTAKEN}"] for verb in ("run", "start"))
    if not wanted <= boots <= wanted + overtaken + 2 * causes["reboot is done"]:
        yield f"instance {number} was booted {boots} times, not {wanted}"


def _ledger(site: DiskSite) -> Iterator[str]:
    """Addresses, names, blueprints and counters are those of the living instances."""
    held = {f"{one.lease.network}/{one.lease.address}" for one in _present(site)}
    yield from _differ("addresses", {each.key for each in site.ledger.find(records.ADDRESS)}, held)
    names = {records.name_key(one) for one in _present(site)}
    yield from _differ("names", {each.key for each in site.ledger.find(records.NAME)}, names)
    for document in site.ledger.find(records.USAGE):
        held = total(records.instances(site.ledger, {"owner": document.key.partition("/")[2]}))
        if records.value_of(document, Usage) != held:
            yield f"{document.key} is counted wrongly: {document.body}, and has {held}"
    keys = {records.key_of(instance.id) for instance in _living(site)}
    yield from _differ("blueprints", {each.key for each in site.ledger.find(records.BLUEPRINT)}, keys)
    used = records.node(site.ledger, NODE)[0].used
    busy = [instance for instance in _living(site) if instance.holds_capacity]
    wanted = (
        sum(instance.cpu for instance in busy),
        sum(instance.ram_mib for instance in busy),
        sum(instance.disk_mib for instance in _present(site)),
        len(_present(site)),
    )
    yield from _differ("used", {(used.vcpu, used.ram_mib, used.disk_mib, used.instances)}, {wanted})
    for one in _living(site):
        if one.holds_capacity != (one.state is State.RUNNING):
            yield f"instance {one.id} is {one.state} and holds_capacity is {one.holds_capacity}"


def _node(site: DiskSite) -> Iterator[str]:
    """Domains, ports, folders and files are those of the instances that are there."""
    here = _present(site)
    seen = {name: status.power for name, status in site.hypervisor.domains().items()}
    lost = {instance.domain for instance in here if instance.state is State.FAILED} - seen.keys()  # start defines anew
    power = {
        one.domain: Power.RUNNING if one.state is State.RUNNING else Power.OFF for one in here if one.domain not in lost
    }
    yield from _differ("domains", set(seen.items()), set(power.items()))
    ports = {(port.mac, port.address) for port in site.network.ports()}
    yield from _differ("ports", ports, {(instance.lease.mac, instance.lease.address) for instance in here})
    folder = f"{records.node(site.ledger, NODE)[0].state_dir}/instances"
    yield from _differ("folders", set(site.disks.directories(folder)), {str(instance.id) for instance in here})
    for instance in here:
        files = {path.rpartition("/")[2] for path in site.disks.files if path.startswith(f"{folder}/{instance.id}/")}
        if not files > FILES:
            yield f"instance {instance.id} lacks files: it has {sorted(files)}"


def _agent(site: DiskSite) -> Iterator[str]:
    """Neither journal nor queues remember what has ended."""
    state = Path(site.folder, "node", "node")
    yield from (f"the journal still has {path.name} open" for path in (state / "journal" / "open").iterdir())
    for name, queue in (("inbox", site.inbox), ("outbox", site.outbox)):
        yield from (f"the {name} still has {element}" for element, _ in queue.bodies(limit=9))
        yield from (f"the {name} gave up {given.name}: {given.reason}" for given in queue.poisoned())
        yield from (f"a record of {path.name} is left" for path in (state / "queues" / name / "claims").iterdir())
        locks = (state / "queues" / name).glob("*/*.lck")
        yield from (f"a lock of {path.name} is left" for path in locks)


def _differ(what: str, found: set[object], wanted: set[object]) -> Iterator[str]:
    if found != wanted:
        yield f"{what}: {sorted(map(str, found - wanted))} too many, {sorted(map(str, wanted - found))} missing"
