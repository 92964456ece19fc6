"""One whole site as values: an image, a node, a network, an instance and what it is made of."""

from stratus.model.addresses import AddressClass, address_classes
from stratus.model.blueprint import blueprint_of, image_on
from stratus.model.context.disk import context_disk, nic_of
from stratus.model.context.values import ContextInstance, ContextRequest, UserDataPart
from stratus.model.domain import HypervisorFacts
from stratus.model.image import Checksums, ImageEntry, ImageFacts
from stratus.model.instance import Blueprint, Instance, Lease
from stratus.model.node import Node, Reach
from stratus.model.order import Order
from stratus.model.plan import steps_to_kill, steps_to_reboot, steps_to_run, steps_to_start, steps_to_stop
from stratus.model.requests import RunRequest
from stratus.model.steps import Step

UUID = "6ba7b810-9dad-41d1-80b4-00c04fd430c8"
FACTS = HypervisorFacts(
    "qemu:///system", "qemu", "no /dev/kvm", "/usr/bin/qemu-system-x86_64", "pc-q35-7.2", "max", "7.2.0", 8, 16384
)
IMAGE = ImageEntry(
    ImageFacts(
        "AAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "raw",
        4096,
        4096,
        Checksums("0" * 32, "1" * 40, "2" * 64, "3" * 128),
        "/var/lib/stratus/images/AAAAAAAAAAAAAAAAAAAAAAAAAAA.raw",
    ),
    "tiny",
    "alice",
    "/images/tiny.img",
    1000.0,
)


def node(name: str = "node1", **changes: object) -> Node:
    return Node(**{"name": name, "reach": Reach(), "hypervisor": FACTS, "disk_mib": 100_000, **changes})  # type: ignore[arg-type]


def network() -> AddressClass:
    return address_classes({"nat": "True", "nat_network": "172.30.16.0"})[0]


def instance(number: int = 1, **changes: object) -> Instance:
    values = {
        "id": number,
        "name": "web",
        "owner": "alice",
        "image": IMAGE.facts.identifier,
        "image_name": "tiny",
        "machine_type": "m1.small",
        "cpu": 1,
        "ram_mib": 1536,
        "swap_mib": 1536,
        "volatile_gib": 1,
        "lease": Lease("local", f"172.30.16.{number + 1}", f"02:00:ac:1e:10:{number + 1:02x}"),
        "node": "node1",
        "uuid": UUID,
        "created_s": 1000.0,
        "changed_s": 1000.0,
    }
    return Instance(**{**values, **changes})  # type: ignore[arg-type]


CONTEXT = ContextRequest(
    public_keys=("ssh-ed25519 AAAA alice@home",),
    variables=(("ROLE", "a 'quoted' $value"),),
    user_data=(UserDataPart("x-shellscript", "hello.sh", b"#!/bin/sh\necho \xc3\xa9\n"),),
)


def blueprint(of: Instance | None = None, on: Node | None = None) -> Blueprint:
    return blueprint_of(of or instance(), RunRequest("tiny", CONTEXT), on or node(), network(), IMAGE)


def run_steps(of: Instance | None = None, on: Node | None = None) -> tuple[Step, ...]:
    of, on = of or instance(), on or node()
    plan, bridge = blueprint(of, on), network().bridge
    told = ContextInstance(of.id, of.name, of.uuid, (nic_of(plan.port, bridge),))
    return steps_to_run(of, plan, image_on(on, IMAGE), bridge, context_disk(CONTEXT, told), on.hypervisor.uri)


def steps(verb: str, of: Instance | None = None, on: Node | None = None) -> tuple[Step, ...]:
    """What a verb does, on `on`."""
    of, on = of or instance(), on or node()
    plan, uri = blueprint(of, on), on.hypervisor.uri
    return {
        "run": lambda: run_steps(of, on),
        "kill": lambda: steps_to_kill(of, plan, uri),
        "stop": lambda: steps_to_stop(of, uri, force=False, deadline_s=1.0),
        "stop --force": lambda: steps_to_stop(of, uri, force=True, deadline_s=1.0),
        "start": lambda: steps_to_start(of, plan, network().bridge, uri),
        "reboot": lambda: steps_to_reboot(of, uri, hard=True),
    }[verb]()


def order(verb: str = "run", number: int = 1, of: Instance | None = None, on: Node | None = None) -> Order:
    """The order for a verb; orders with a higher number have a higher generation."""
    of = of or instance()
    return Order(f"{number:012d}-{of.id}", of.id, number, 1, verb.split()[0], steps(verb, of, on))
