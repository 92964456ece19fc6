"""What living instances lack on their nodes: domains, disks, records."""

import posixpath
from collections.abc import Iterator

from stratus.model.context.disk import context_disk, nic_of
from stratus.model.context.values import ContextInstance
from stratus.model.doctor.books import Books, Kept, is_nothing
from stratus.model.doctor.finding import Finding, Mend, Severity
from stratus.model.domain import DomainOutline, Power, outline_of
from stratus.model.inspection import Folder, Inspection
from stratus.model.instance import GONE, Blueprint, Instance
from stratus.model.network import Bridge
from stratus.model.paths import NodePaths
from stratus.model.plan import steps_to_start
from stratus.model.record import record_text
from stratus.model.states import State
from stratus.model.steps import DefineDomain, MakeDisk, SetAside, Step, WriteContext, WriteRecord

SWEPT_LATELY_S = 30.0
UP = (Power.RUNNING, Power.PAUSED)


def residents(books: Books, node: str, seen: Inspection) -> Iterator[Finding]:
    """The findings about the instances that should be on the node and that no order is about."""
    folders = {folder.id: folder for folder in seen.folders}
    for number, kept in sorted(books.instances.items()):
        blueprint = books.blueprints.get(number)
        if kept.value.node != node or blueprint is None or is_nothing(kept.value) or books.is_busy(number):
            continue
        one = _Resident(books, node, seen, kept, blueprint)
        folder = folders.get(number, Folder(number, (), "missing"))
        yield from one.files(folder)
        if one.has_root(folder):
            yield from one.domain()


class _Resident:
    """One instance where it should be."""

    def __init__(self, books: Books, node: str, seen: Inspection, kept: Kept[Instance], blueprint: Blueprint) -> None:
        self._books, self._node, self._seen, self._blueprint = books, node, seen, blueprint
        self._instance, self._revision = kept.value, kept.revision

    def has_root(self, folder: Folder) -> bool:
        """Whether the disk is there that it boots from."""
        return posixpath.basename(self._blueprint.domain.disks[0].path) in folder.files

    def files(self, folder: Folder) -> Iterator[Finding]:
        """What is missing or left over in its folder."""
        if self._instance.state is State.FAILED:
            return  # the user has been told, and kills it or starts it again
        number = self._instance.id
        if not self.has_root(folder):
            what = f"the disk of instance {number} is not there: what it held is lost"
            yield self._found("disk-missing", what, command=f"stratus kill {number}")
        for disk in self._blueprint.extra_disks:
            if posixpath.basename(disk.path) not in folder.files:
                what = f"the {disk.filesystem or 'extra'} disk of instance {number} is not there; a new one is empty"
                yield self._found("disk-missing", what, (MakeDisk(disk.path, disk.size_mib, disk.filesystem),))
        yield from self._context(folder)
        if folder.record_trouble:
            what = f"the record of instance {number} beside its disks is {folder.record_trouble}"
            step = WriteRecord(f"{self._blueprint.directory}/instance.json", self._record())
            yield self._found("record", what, (step,), severity=Severity.WARNING)
        for name in folder.files:
            if name.startswith(".") and name.endswith(".part"):
                what = f"{name} in the folder of instance {number} was left by something that was interrupted"
                aside = SetAside(f"{self._blueprint.directory}/{name}", NodePaths(self._seen.state_dir).aside)
                yield self._found("leftover", what, (aside,), severity=Severity.WARNING)

    def domain(self) -> Iterator[Finding]:
        """What is wrong with its domain."""
        if self._seen.domains is None:
            return
        status = self._seen.domains.get(self._instance.domain)
        outline = self._seen.outlines.get(self._instance.domain)
        if status is None or outline is None:
            yield from self._missing()
            return
        if outline.uuid != self._blueprint.domain.uuid.lower():
            what = f"another domain is called {self._instance.domain}: {outline.uuid}"
            yield self._found("name-taken", what, command=f"virsh dumpxml {self._instance.domain}")
            return
        yield from self._state(status.power)
        yield from self._definition(outline)

    def _missing(self) -> Iterator[Finding]:
        instance = self._instance
        lost = instance.state is State.FAILED and instance.error == GONE and instance.holds_lease
        what = f"instance {instance.id} ({instance.state}) has no domain on {self._node}"
        if lost or instance.state in (State.RUNNING, State.UNKNOWN):
            steps = steps_to_start(instance, self._blueprint, self._bridge(), self._uri())
            yield self._found("domain-missing", what, steps, goal=State.RUNNING)
        elif instance.state is State.STOPPED:
            yield self._found("domain-missing", what, (self._define(),), severity=Severity.WARNING)

    def _state(self, power: Power) -> Iterator[Finding]:
        """A domain that is not what the ledger says; while somebody looks every few seconds, it says so soon."""
        if self._books.at_s - self._books.swept_s.get(self._node, 0.0) < SWEPT_LATELY_S:
            return
        state = self._instance.state
        if (state in (State.RUNNING, State.UNKNOWN) and power not in UP) or (state is State.STOPPED and power in UP):
            what = f"instance {self._instance.id} is {state} in the ledger, and its domain is {power}"
            yield Finding("state", Severity.WARNING, self._node, what, Mend(self._node, look=True))

    def _definition(self, outline: DomainOutline) -> Iterator[Finding]:
        instance, asked = self._instance, outline_of(self._blueprint.domain)
        if instance.state not in (State.RUNNING, State.STOPPED):
            return
        if not outline.persistent:
            what = f"the domain of instance {instance.id} runs and is not defined: it is forgotten when it goes off"
            yield self._found("domain-transient", what, (self._define(),))
        elif differences := _differences(outline, asked):
            what = f"the definition of {instance.domain} was changed by hand: {'; '.join(differences)}"
            yield self._found("definition", what, (self._define(),), severity=Severity.WARNING)

    def _context(self, folder: Folder) -> Iterator[Finding]:
        if "context.iso" in folder.files:
            return
        instance, port = self._instance, self._blueprint.port
        told = ContextInstance(instance.id, instance.name, instance.uuid, (nic_of(port, self._bridge()),))
        step = WriteContext(f"{self._blueprint.directory}/context.iso", context_disk(self._blueprint.context, told))
        what = f"the context disk of instance {instance.id} is not there: it could not be started again"
        yield self._found("context-missing", what, (step,))

    def _record(self) -> str:
        return record_text(self._instance, self._blueprint)

    def _define(self) -> DefineDomain:
        return DefineDomain(self._uri(), self._blueprint.domain, f"{self._blueprint.directory}/domain.xml")

    def _bridge(self) -> Bridge:
        return self._books.bridge_of(self._blueprint.port)

    def _uri(self) -> str:
        return self._books.nodes[self._node].value.hypervisor.uri

    def _found(
        self,
        kind: str,
        what: str,
        steps: tuple[Step, ...] = (),
        *,
        goal: State | None = None,
        severity: Severity = Severity.ERROR,
        command: str = "",
    ) -> Finding:
        leads_to = (goal or self._instance.state) if steps else None
        mend = Mend(self._node, self._instance.id, self._revision, leads_to, steps, command=command)
        return Finding(kind, severity, self._node, what, mend)


def _differences(found: DomainOutline, asked: DomainOutline) -> list[str]:
    """Each field that differs, in words."""
    pairs = (
        ("CPU", asked.vcpu, found.vcpu),
        ("MiB of RAM", asked.ram_mib, found.ram_mib),
        ("machine", asked.machine, found.machine),
        ("disks", _flat(asked.disks), _flat(found.disks)),
        ("cards", _flat(asked.nics), _flat(found.nics)),
    )
    return [f"{name} {now} instead of {then}" for name, then, now in pairs if now != then]


def _flat(many: tuple[tuple[str, str, str], ...]) -> str:
    return ", ".join(" ".join(one) for one in many) or "none"
