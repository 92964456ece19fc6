"""stratus doctor: every kind of damage is found, named, mended where that is safe; and a healthy cloud is left alone."""

import dataclasses
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from stratus.actions import records
from stratus.drivers.ledger.protocol import Delete, Put
from stratus.drivers.link.memory import Fault, MemoryLink
from stratus.drivers.premises.memory import MemoryPremises
from stratus.drivers.queue.dirqueue import DirQueue
from stratus.model.codec import encode
from stratus.model.inspection import HostSeen, Space, Speaker
from stratus.model.instance import Instance
from stratus.model.order import Dispatched, Order
from stratus.model.premises import PremisesSeen
from stratus.model.requests import DoctorRequest, KillRequest, StartRequest, StopRequest, WaitRequest
from stratus.model.states import State
from tests.commands.conftest import Terminal
from tests.memory_cloud import ROOT, MemoryCloud, MemoryNode

RUN = "run tiny --name web --ram 64 --swap 64 --wait=running"


@dataclass
class House:
    """The cloud with one running instance, and all that may be damaged in it."""

    stratus: Terminal

    @property
    def site(self) -> MemoryCloud:
        return self.stratus.site

    @property
    def node(self) -> MemoryNode:
        return self.site.nodes["node1"]

    @property
    def folder(self) -> str:
        return f"{self.node.folder}/instances/1"

    def instance(self) -> Instance:
        return records.instance(self.site.ledger, 1)[0]

    def change(self, **fields: Any) -> None:
        """The ledger's instance, changed by hand."""
        self.put(records.put_instance(dataclasses.replace(self.instance(), **fields), None)[0])

    def put(self, *changes: Put | Delete) -> None:
        self.site.ledger.commit(changes)

    def forget(self, number: int = 1, *, archive: bool = False) -> None:
        """The ledger loses an instance, or has it as done; what it held is free again."""
        instance = self.instance()
        node, revision = records.node(self.site.ledger, "node1")
        self.put(
            Delete(records.INSTANCE, records.key_of(number)),
            Delete(records.BLUEPRINT, records.key_of(number)),
            *records.holdings(instance),
            records.put_node(dataclasses.replace(node, used=type(node.used)()), revision),
            *([Put(records.ARCHIVE, records.key_of(number), encode(instance))] if archive else []),
        )

    def answers(self, **fields: Any) -> None:
        """The node's look at itself says something else from now on."""
        methods = dict(self.node.agent.methods())
        look = methods["inspect"]

        def altered(params: dict[str, Any]) -> dict[str, Any]:
            said = look(params)
            return {"inspection": {**said["inspection"], **fields}}

        self.node.link = MemoryLink({**methods, "inspect": altered})

    def queue_file(self, queue: str, name: str) -> Path:
        return Path(f"{self.node.folder}/node/queues/{queue}/{name}")


class DirTerminal(Terminal):
    """A terminal whose nodes have queues in real folders."""

    queue = staticmethod(lambda path: DirQueue(path, sync=lambda descriptor: None, archive_keep=0))


@pytest.fixture
def stratus(tmp_path):
    terminal = DirTerminal(tmp_path)
    yield terminal
    terminal.close()


@pytest.fixture
def house(stratus):
    house = House(stratus)
    assert house.site
    stratus.ok(RUN)
    stratus.ok("doctor")
    return house


def undefine(house: House) -> None:
    house.node.hypervisor.destroy("one-1")
    house.node.hypervisor.undefine("one-1")


def undefine_while_stopped(house: House) -> None:
    house.stratus.ok("stop --wait web")
    house.node.hypervisor.undefine("one-1")


def undefine_and_sweep(house: House) -> None:
    undefine(house)
    house.stratus.ok("dispatch --once")
    assert house.instance().state is State.FAILED


def start_behind_the_ledger(house: House) -> None:
    house.stratus.ok("stop --wait web")
    long_ago(house)
    house.node.hypervisor.start("one-1")


def stop_behind_the_ledger(house: House) -> None:
    long_ago(house)
    house.node.hypervisor.power_off_itself("one-1")


def long_ago(house: House) -> None:
    """Nobody has looked at the node for an hour."""
    document = house.site.ledger.get(records.SWEEP, "node1")
    body = dict(document.body) if document else {"samples": {}}
    house.put(Put(records.SWEEP, "node1", {**body, "at_s": time.time() - 3600}))


def define_differently(house: House) -> None:
    spec = records.blueprint(house.site.ledger, 1).domain
    house.node.hypervisor.define(dataclasses.replace(spec, ram_mib=4096))


def define_twice(house: House) -> None:
    spec = records.blueprint(house.site.ledger, 1).domain
    house.node.hypervisor.define(dataclasses.replace(spec, name="copy", uuid="9" * 8 + spec.uuid[8:]))


def end_in_the_ledger(house: House) -> None:
    house.forget(archive=True)


def folder_of_an_ended_one(house: House) -> None:
    undefine(house)
    house.node.network.unplug(house.node.network.ports()[0])
    house.forget(archive=True)


def folder_of_nobody(house: House) -> None:
    house.node.disks.write_record(f"{house.node.folder}/instances/77/root.qcow2", "somebody's data")


def lose_disk(name: str) -> Callable[[House], None]:
    return lambda house: house.node.disks.files.pop(f"{house.folder}/{name}") and None


def lose_root(house: House) -> None:
    lose_disk("root.qcow2")(house)


def damage_record(house: House) -> None:
    house.node.disks.files[f"{house.folder}/instance.json"] = '{"instance": {"id": '


def record_of_another(house: House) -> None:
    text = house.node.disks.files[f"{house.folder}/instance.json"]
    house.node.disks.files[f"{house.folder}/instance.json"] = str(text).replace('"id": 1', '"id": 2')


def leave_a_part(house: House) -> None:
    house.node.disks.write_record(f"{house.folder}/.root.qcow2.x7.part", "half of a disk")


def hold_an_address(house: House) -> None:
    index = {"network": "local"}
    house.put(Put(records.ADDRESS, "local/172.30.16.99", {"instance": 12}, 0, index))


def free_the_address(house: House) -> None:
    house.put(Delete(records.ADDRESS, "local/172.30.16.2"))


def share_an_address(house: House) -> None:
    house.stratus.ok("run tiny --name other --ram 64 --swap 0 --wait=running")
    other = records.instance(house.site.ledger, 2)[0]
    house.put(
        Delete(records.ADDRESS, f"local/{other.lease.address}"),
        records.put_instance(dataclasses.replace(other, lease=house.instance().lease), None)[0],
    )


def hold_a_name(house: House) -> None:
    house.put(Put(records.NAME, "ghost", {"instance": 12}, 0))


def free_the_name(house: House) -> None:
    (held,) = house.site.ledger.find(records.NAME)
    house.put(Delete(records.NAME, held.key))


def count_wrongly(house: House) -> None:
    node, revision = records.node(house.site.ledger, "node1")
    house.put(records.put_node(dataclasses.replace(node, used=dataclasses.replace(node.used, ram_mib=1)), revision))


def order(number: int, *, status: str = "sent", age_s: float = 600.0, id: str = "000000000900-1") -> Dispatched:
    made_s = time.time() - age_s
    return Dispatched(Order(id, number, 99, 1, "reboot", ()), "node1", status, made_s, made_s)


def order_of_an_ended_one(house: House) -> None:
    house.stratus.ok("kill --wait web")
    house.put(records.put_order(order(1, age_s=1.0)))


def lose_an_order(house: House) -> None:
    house.put(records.put_order(order(1)))
    house.change(order="000000000900-1", generation=99)


def order_nobody_sends(house: House) -> None:
    house.put(records.put_order(order(1, status="waiting")))
    house.change(order="000000000900-1", generation=99)


def wait_for_nothing(house: House) -> None:
    house.change(order="000000000777-1")


def stuck_half_way(house: House) -> None:
    house.change(order="000000000777-1", state=State.SHUTDOWN)


def open_journal(house: House) -> None:
    house.node.worker.journal.begin("000000000555-1", 0)


def poison(house: House) -> None:
    element = house.queue_file("inbox", "poison/6929d0c0-6929d0e3a1b2c4")
    element.write_text("{}")
    element.with_suffix(".reason").write_text("it crashed the agent")


def foreign_file(house: House) -> None:
    house.queue_file("inbox", "README").write_text("what is this?")


def foreign_in_a_minute(house: House) -> None:
    minute = house.queue_file("outbox", "6929d0c0")
    minute.mkdir(exist_ok=True)
    (minute / "editor~").write_text("x")


def plug_for_nobody(house: House) -> None:
    port = house.node.network.ports()[0]
    house.node.network.plug(dataclasses.replace(port, tap="st9n0", mac="02:00:ac:1e:10:63", address="172.30.16.99"))


def silence(house: House) -> None:
    del house.node.network.speakers["st1n0"]


def unplug(house: House) -> None:
    house.node.network.unplug(house.node.network.ports()[0])


def speak_for_nobody(house: House) -> None:
    house.node.network.speakers["st9n0"] = Speaker("st9n0", "02:00:ac:1e:10:63", "172.30.16.99")


def half_a_rule(house: House) -> None:
    speakers = house.node.network.speakers
    speakers["st1n0"] = dataclasses.replace(speakers["st1n0"], whole=False)


def forget_the_host(house: House) -> None:
    del house.node.network.hosts["st1n0"]


def host_of_nobody(house: House) -> None:
    house.node.network.hosts["st9n0"] = HostSeen("stratus0", "st9n0", "02:00:ac:1e:10:63,172.30.16.99\n")


def lose_the_bridge(house: House) -> None:
    house.node.network.up.clear()


def lose_the_image(house: House) -> None:
    house.site.images.delete(house.site.image.facts.identifier)


def lose_an_unused_image(house: House) -> None:
    house.stratus.ok("kill --wait web")
    lose_the_image(house)


def damage_the_image(house: House) -> None:
    house.site.images.contents[house.site.image.facts.identifier] = b"changed"


def image_of_nobody(house: House) -> None:
    house.stratus.ok("image import /images/other.img --name other")
    entry = next(one for one in records_of_images(house) if one["name"] == "other")
    identifier = entry["facts"]["identifier"]
    house.put(Delete(records.IMAGE, identifier), Delete(records.IMAGE_NAME, "other"))


def records_of_images(house: House) -> list[Any]:
    return [document.body for document in house.site.ledger.find(records.IMAGE)]


def name_of_no_image(house: House) -> None:
    house.put(Put(records.IMAGE_NAME, "ghost", {"identifier": "nothing"}, 0, {"identifier": "nothing"}))


def run_transient(house: House) -> None:
    house.node.hypervisor.undefine("one-1")


def open_the_key(house: House) -> None:
    premises(house, PremisesSeen(key_mode=0o644))


def premises(house: House, seen: PremisesSeen) -> None:
    house.site.cloud = dataclasses.replace(house.site.cloud, premises=MemoryPremises(seen))


MENDED: list[tuple[str, Callable[[House], None]]] = [
    ("domain-missing", undefine),
    ("domain-missing", undefine_while_stopped),
    ("domain-missing", undefine_and_sweep),
    ("domain-transient", run_transient),
    ("domain-twice", define_twice),
    ("domain-stray", end_in_the_ledger),
    ("instance-lost", lambda house: house.forget()),
    ("definition", define_differently),
    ("state", start_behind_the_ledger),
    ("state", stop_behind_the_ledger),
    ("folder-stray", folder_of_an_ended_one),
    ("folder-stray", folder_of_nobody),
    ("disk-missing", lose_disk("swap.raw")),
    ("context-missing", lose_disk("context.iso")),
    ("record", lose_disk("instance.json")),
    ("record", damage_record),
    ("record", record_of_another),
    ("leftover", leave_a_part),
    ("address-unused", hold_an_address),
    ("address-missing", free_the_address),
    ("name-unused", hold_a_name),
    ("name-missing", free_the_name),
    ("capacity", count_wrongly),
    ("order-of-ended", order_of_an_ended_one),
    ("order-lost", lose_an_order),
    ("order-late", order_nobody_sends),
    ("order-missing", wait_for_nothing),
    ("order-missing", stuck_half_way),
    ("journal-open", open_journal),
    ("poison", poison),
    ("queue-stray", foreign_file),
    ("queue-stray", foreign_in_a_minute),
    ("port-stray", plug_for_nobody),
    ("port-missing", unplug),
    ("filter-missing", silence),
    ("filter-missing", half_a_rule),
    ("filter-stray", speak_for_nobody),
    ("dhcp-missing", forget_the_host),
    ("dhcp-stray", host_of_nobody),
    ("bridge-missing", lose_the_bridge),
    ("tap-loose", lambda house: house.node.network.loose.add("st1n0")),
    ("image-missing", lose_an_unused_image),
    ("image-unknown", image_of_nobody),
    ("image-name-unused", name_of_no_image),
    ("key-mode", open_the_key),
]


TOGETHER = (
    undefine,
    damage_record,
    hold_an_address,
    hold_a_name,
    name_of_no_image,
    open_journal,
    foreign_file,
    open_the_key,
)


def test_all_kinds_of_damage_at_once_are_found_and_mended(house) -> None:
    for damage in TOGETHER:
        damage(house)

    found = {finding["code"] for finding in house.stratus("doctor -o json").json["findings"]}
    assert found == {code for code, damage in MENDED if damage in TOGETHER}
    house.stratus.ok("doctor --fix")
    house.stratus.ok("doctor")


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "damage"), MENDED, ids=lambda value: getattr(value, "__name__", value))
def test_damage_is_found_shown_with_its_mend_and_mended(house, kind, damage) -> None:
    damage(house)
    before = house.site.ledger.commit([])

    planned = house.stratus("doctor --plan")
    assert planned.status == 1 and f" {kind}: " in planned.out, planned
    assert "    " in planned.out and house.site.ledger.commit([]) == before

    fixed = house.stratus("doctor --fix")
    itself = damage is foreign_in_a_minute and "not mended (" in fixed.out  # the queue was quicker, and put it aside
    assert fixed.status == 0 and (itself or ("mended: " in fixed.out and "not mended" not in fixed.out)), fixed
    assert house.stratus.ok("doctor").out.endswith("are as the ledger says\n")


def lie_about_the_version(house: House) -> None:
    house.answers(version="0.0.1")


def lie_about_the_time(house: House) -> None:
    house.answers(at_s=time.time() + 3600)


def fill_the_disk(house: House) -> None:
    house.node.disks.left = Space(100, 100_000)


def use_all_inodes(house: House) -> None:
    house.node.disks.left = Space(80_000, 100_000, 5, 1_000_000)


def mute(house: House) -> None:
    house.node.hypervisor.mute = True


def switch_off(house: House) -> None:
    house.node.link.fault = Fault.UNREACHABLE


def stop_the_dispatcher(house: House) -> None:
    premises(house, PremisesSeen(dispatcher="dead"))


def unpin(house: House) -> None:
    node, revision = records.node(house.site.ledger, "node1")
    house.put(records.put_node(dataclasses.replace(node, reach=dataclasses.replace(node.reach, way="ssh")), revision))


def take_the_name(house: House) -> None:
    spec = records.blueprint(house.site.ledger, 1).domain
    undefine(house)
    house.node.hypervisor.define(dataclasses.replace(spec, uuid="9" * 8 + spec.uuid[8:]))


def fill(house: House) -> None:
    house.node.disks.left = Space(80_000, 100_000)


def well(house: House) -> None:
    house.node.link = MemoryLink(house.node.agent.methods())
    house.node.hypervisor.mute = False
    premises(house, PremisesSeen(pinned=("node1",)))


def kill_both(house: House) -> None:
    house.stratus.ok("kill --wait 1 2")


def kill(house: House) -> None:
    house.stratus.ok("kill --wait 1")


def import_again(house: House) -> None:
    house.site.images.delete(house.site.image.facts.identifier)
    house.stratus.ok("image import /images/tiny.img --name tiny")


BY_HAND: list[tuple[str, Callable[[House], None], Callable[[House], None]]] = [
    ("version", lie_about_the_version, well),
    ("clock", lie_about_the_time, well),
    ("disk-full", fill_the_disk, fill),
    ("disk-full", use_all_inodes, fill),
    ("hypervisor", mute, well),
    ("node-silent", switch_off, well),
    ("dispatcher", stop_the_dispatcher, well),
    ("known-hosts", unpin, well),
    ("disk-missing", lose_root, kill),
    ("address-twice", share_an_address, kill_both),
    ("image-missing", lose_the_image, import_again),
    ("image-changed", damage_the_image, import_again),
    ("name-taken", take_the_name, lambda house: house.node.hypervisor.undefine("one-1")),
]


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "damage", "by_hand"), BY_HAND, ids=lambda value: getattr(value, "__name__", value))
def test_what_the_doctor_does_not_mend_is_named_with_what_to_do(house, kind, damage, by_hand) -> None:
    damage(house)

    said = house.stratus("doctor --fix")
    assert said.status == 1 and f" {kind}: " in said.out and "by hand: " in said.out, said

    by_hand(house)
    house.stratus("doctor --fix")
    house.stratus.ok("doctor")


def test_a_healthy_cloud_is_one_line_and_status_0(house) -> None:
    assert house.stratus.ok("doctor").out == "1 node and 1 instance are as the ledger says\n"
    assert house.stratus.ok("doctor -o json").json["findings"] == []


def test_a_finding_is_told_in_json_with_its_mend(house) -> None:
    undefine(house)

    said = house.stratus("doctor -o json")

    (finding,) = said.json["findings"]
    assert said.status == 1 and finding["code"] == "domain-missing" and finding["node"] == "node1"
    assert [step["name"] for step in finding["mend"]["steps"][-1:]] == ["one-1"]
    header, row = house.stratus("doctor -o csv").out.splitlines()
    assert header == "severity,code,node,what,fix,by hand"
    assert row == "error,domain-missing,node1,instance 1 (running) has no domain on node1,yes,"


def test_what_is_not_ours_is_only_remarked_and_never_touched(house) -> None:
    spec = records.blueprint(house.site.ledger, 1).domain
    foreign = dataclasses.replace(
        spec,
        name="one-99",
        uuid="1" * 8 + spec.uuid[8:],
        disks=(dataclasses.replace(spec.disks[0], path="/srv/db.raw"),),
    )
    house.node.hypervisor.define(foreign)

    assert house.stratus.ok("doctor --fix").out == "1 node and 1 instance are as the ledger says\n"
    assert "remark foreign-domain: the domain one-99 is not ours" in house.stratus.ok("-v doctor").out
    assert "one-99" in house.node.hypervisor.domains()


def test_what_is_put_aside_is_kept(house) -> None:
    folder_of_nobody(house)
    house.stratus.ok("doctor --fix")

    kept = f"{house.node.folder}/aside/instances/77/root.qcow2"
    assert house.node.disks.files[kept] == "somebody's data"


def test_an_instance_that_the_ledger_lost_is_entered_with_all_that_it_holds(house) -> None:
    before = house.instance()
    house.forget()
    house.stratus.ok("doctor --fix")

    after = house.instance()
    assert (after.name, after.owner, after.lease, after.state) == (
        before.name,
        before.owner,
        before.lease,
        before.state,
    )
    assert house.site.ledger.get(records.ADDRESS, "local/172.30.16.2") is not None
    house.stratus.ok("reboot --hard --wait=running web")
    house.stratus.ok("kill --wait web")
    assert house.node.disks.folders(f"{house.node.folder}/instances") == ()


def test_a_node_that_is_not_there_is_no_node(house) -> None:
    said = house.stratus("doctor node7")
    assert said.status == 3 and "no node is called node7" in said.err


@pytest.mark.slow
def test_work_that_goes_on_is_no_finding(stratus) -> None:
    """Others run, stop, start and kill all the time; the doctor, who looks in between, finds nothing."""
    site = stratus.site

    def work(name: str) -> None:
        for number in range(8):
            (instance,) = site.run(name=f"{name}-{number}", swap_mib=16)
            target = (str(instance.id),)
            site.perform(WaitRequest(target))
            site.perform(StopRequest(target, force=True))
            site.perform(WaitRequest(target, "stopped"))
            site.perform(StartRequest(target))
            site.perform(KillRequest(target))

    with ThreadPoolExecutor(3) as pool:
        workers = [pool.submit(work, name) for name in ("a", "b", "c")]
        looks = 0
        while not all(worker.done() for worker in workers):
            found = site.perform(DoctorRequest(), ROOT).findings
            assert found == (), found
            looks += 1
        for worker in workers:
            worker.result()
    assert looks > 3
