"""The doctor's rules on plain values: what is a finding, what is none, and what comes first."""

import dataclasses

from stratus import __version__
from stratus.model.dnsmasq import lease_line
from stratus.model.doctor.books import Books, Kept
from stratus.model.doctor.examine import examine
from stratus.model.doctor.finding import Diagnosis, Severity
from stratus.model.domain import DomainStatus, Power, outline_of
from stratus.model.inspection import (
    BridgeSeen,
    Folder,
    HostSeen,
    ImageSeen,
    Inspection,
    NetworkSeen,
    Space,
    Speaker,
)
from stratus.model.node import Used
from stratus.model.order import Dispatched
from stratus.model.premises import PremisesSeen
from stratus.model.states import State
from tests.model import samples

NODE = samples.node().name
BLUEPRINT = samples.blueprint()
BRIDGE = samples.network().bridge
PORT, SPEC = BLUEPRINT.port, BLUEPRINT.domain
INSTANCE = dataclasses.replace(samples.instance(), node=NODE, state=State.RUNNING, order="")
FILES = (*(disk.path.rpartition("/")[2] for disk in SPEC.disks), "instance.json", "console.log")


def books(**fields):
    """A ledger with the one instance of the samples, which runs."""
    one = INSTANCE
    used = Used(one.cpu, one.ram_mib, one.disk_mib, 1)
    return dataclasses.replace(
        Books(
            at_s=1000.0,
            instances={one.id: Kept(one, 7)},
            blueprints={one.id: BLUEPRINT},
            addresses={f"{one.lease.network}/{one.lease.address}": Kept(one.id, 7)},
            names={one.name: Kept(one.id, 7)},
            nodes={NODE: Kept(samples.node(used=used), 7)},
            images={samples.IMAGE.facts.identifier: Kept(samples.IMAGE, 7)},
            swept_s={NODE: 995.0},
            bridges={BRIDGE.network: BRIDGE},
        ),
        **fields,
    )


def seen(**fields):
    """A node with everything that this instance needs, and nothing else."""
    network = NetworkSeen(
        (BridgeSeen(BRIDGE, True, True, True),),
        (PORT,),
        (Speaker(PORT.tap, PORT.mac, PORT.address),),
        (HostSeen(PORT.bridge, PORT.tap, lease_line(PORT, BRIDGE)),),
    )
    facts = samples.IMAGE.facts
    return dataclasses.replace(
        Inspection(
            node=NODE,
            version=__version__,
            state_dir=samples.node().state_dir,
            at_s=1000.0,
            domains={SPEC.name: DomainStatus(SPEC.name, Power.RUNNING)},
            outlines={SPEC.name: outline_of(SPEC)},
            folders=(Folder(INSTANCE.id, FILES),),
            network=network,
            images=(ImageSeen(facts.identifier, facts, (facts.path,)),),
            space=Space(50, 100),
        ),
        **fields,
    )


def codes(ledger, look, **fields):
    found = examine(
        ledger, {NODE: look}, fields.get("silent", {}), fields.get("premises", PremisesSeen(pinned=(NODE,)))
    )
    return [finding.code for finding in found]


def test_what_is_as_promised_is_no_finding() -> None:
    assert codes(books(), seen()) == []


def test_what_an_order_is_about_is_not_judged() -> None:
    order = Dispatched(samples.order("reboot"), NODE, "sent", 990.0, 995.0)
    busy = dataclasses.replace(INSTANCE, order=order.order.id)
    ledger = books(instances={INSTANCE.id: Kept(busy, 8)}, orders={order.order.id: Kept(order, 8)})

    assert codes(ledger, seen(domains={}, outlines={}, folders=(), network=NetworkSeen())) == []


def test_a_door_that_does_not_answer_is_one_finding_and_no_loss() -> None:
    look = seen(domains=None, outlines={}, network=None, images=None, troubles=("libvirtd is silent",))
    assert codes(books(), look) == ["hypervisor"]


def test_a_state_that_somebody_is_about_to_look_at_is_no_finding() -> None:
    off = seen(domains={SPEC.name: DomainStatus(SPEC.name, Power.OFF)})
    assert codes(books(), off) == []
    assert codes(books(swept_s={NODE: 900.0}), off) == ["state"]


def test_disks_changed_by_hand_make_it_no_strangers_domain() -> None:
    elsewhere = tuple((target, f"/srv/{target}", kind) for target, _, kind in outline_of(SPEC).disks)
    look = seen(outlines={SPEC.name: dataclasses.replace(outline_of(SPEC), disks=elsewhere)})
    assert codes(books(), look) == ["definition"]


def test_a_node_that_was_removed_meanwhile_is_not_judged() -> None:
    assert codes(Books(at_s=1000.0), seen()) == []


def test_the_worst_comes_first_and_remarks_do_not_count() -> None:
    foreign = dataclasses.replace(outline_of(SPEC), uuid="1" * 36, disks=())
    outlines = {"db": foreign, SPEC.name: outline_of(SPEC)}
    found = examine(
        books(), {NODE: seen(outlines=outlines, version="0")}, {"node9": "it is off"}, PremisesSeen(None, (NODE,))
    )

    assert [(one.severity, one.code) for one in found] == [
        (Severity.ERROR, "node-silent"),
        (Severity.WARNING, "version"),
        (Severity.REMARK, "foreign-domain"),
    ]
    assert not Diagnosis(1, 1, found).healthy and Diagnosis(1, 1, found[2:]).healthy
