"""What the nodes have and the ledger does not: domains, folders and ports of instances that are over or were lost.

A domain is ours when one of its disks lies in an instance's folder, and nothing else is; what is not ours is a remark.
A living domain with a whole record beside its disks was lost by the ledger, and is entered again; what was ended, or
has no record, is taken away, and its disks are put aside.
"""

import posixpath
import re
from collections.abc import Iterator

from stratus.model.doctor.books import Books
from stratus.model.doctor.corrections import Enter
from stratus.model.doctor.finding import Finding, Mend, Severity
from stratus.model.domain import DomainOutline, Power
from stratus.model.inspection import Folder, Inspection
from stratus.model.network import TAP_PREFIX, Port
from stratus.model.paths import NodePaths
from stratus.model.rebuild import rebuilt
from stratus.model.steps import SetAside, Step, StopDomain, UndefineDomain, UnplugPort

_TAP = re.compile(rf"{TAP_PREFIX}(\d+)n\d+")


def strangers(books: Books, node: str, seen: Inspection) -> Iterator[Finding]:
    """The findings about what is on the node and should not be."""
    look = _Strangers(books, node, seen)
    yield from look.domains()
    yield from look.folders()
    yield from look.ports()


def instance_of_tap(tap: str) -> int | None:
    """The instance whose card a tap is."""
    match = _TAP.fullmatch(tap)
    return int(match[1]) if match else None


class _Strangers:
    """One node's look, with the ledger beside it."""

    def __init__(self, books: Books, node: str, seen: Inspection) -> None:
        self._books, self._node, self._seen = books, node, seen
        self._paths = NodePaths(seen.state_dir)
        self._ports = seen.network.ports if seen.network else ()
        self._folders = {folder.id: folder for folder in seen.folders}
        self._uri = books.nodes[node].value.hypervisor.uri
        self._ours = {kept.value.domain for kept in books.instances.values() if kept.value.node == node}
        self._with_domain: set[int] = set()  # strangers whose folder and ports go with their domain

    def domains(self) -> Iterator[Finding]:
        """Domains of ours that no living instance is, and remarks about the others."""
        for name, outline in sorted(self._seen.outlines.items()):
            owner = self._owner(outline)
            number = owner if owner is not None else self._ended(name, outline)
            if number is None and name in self._ours:
                continue  # its disks were changed by hand, which is a finding of its own
            if number is None:
                yield Finding("foreign-domain", Severity.REMARK, self._node, f"the domain {name} is not ours")
            elif self._books.lives(number, self._node):
                if name != f"one-{number}" and not self._books.is_busy(number):
                    yield self._twice(name, number)
            elif not self._books.is_busy(number):
                self._with_domain.add(number)
                yield self._stranger(number, name)

    def folders(self) -> Iterator[Finding]:
        """Folders of no living instance."""
        for number in self._folders:
            known = self._books.lives(number, self._node) or self._books.is_busy(number)
            if not known and number not in self._with_domain:
                yield self._stranger(number, "")

    def ports(self) -> Iterator[Finding]:
        """Ports that are plugged in for nobody."""
        for port in self._ports:
            number = instance_of_tap(port.tap)
            if number is None or number in self._with_domain or number in self._folders:
                continue
            if not self._books.lives(number, self._node) and not self._books.is_busy(number):
                what = f"{port.address} may speak through {port.tap} on {self._node}, and no instance {number} is there"
                mend = Mend(self._node, number, steps=(UnplugPort(port, self._paths.networks),))
                yield Finding("port-stray", Severity.ERROR, self._node, what, mend)

    def _owner(self, outline: DomainOutline) -> int | None:
        """The instance in whose folder a disk of the domain lies."""
        for _, path, _ in outline.disks:
            parent, name = posixpath.split(posixpath.dirname(path))
            if parent == self._paths.instances and name.isascii() and name.isdigit():
                return int(name)
        return None

    def _ended(self, name: str, outline: DomainOutline) -> int | None:
        """The instance that is done and whose domain this was, should its disks have been changed."""
        digits = name.removeprefix("one-")
        if not (name.startswith("one-") and digits.isascii() and digits.isdigit()):
            return None
        ended = self._books.ended.get(int(digits))
        return int(digits) if ended is not None and ended.uuid.lower() == outline.uuid else None

    def _twice(self, name: str, number: int) -> Finding:
        """A second domain with the disks of a living instance: both running would destroy them."""
        what = f"the domain {name} uses the disks of instance {number}"
        status = (self._seen.domains or {}).get(name)
        if status is None or status.power not in (Power.OFF, Power.CRASHED):
            mend = Mend(command=f"virsh destroy {name}, if nobody needs it")
        else:
            kept = self._books.instances[number]
            steps = (UndefineDomain(self._uri, name),)
            mend = Mend(self._node, number, kept.revision, kept.value.state, steps)
        return Finding("domain-twice", Severity.ERROR, self._node, what, mend)

    def _stranger(self, number: int, domain: str) -> Finding:
        what = f"the domain {domain}" if domain else f"the folder {self._paths.instance(number)}"
        folder = self._folders.get(number)
        if number not in self._books.ended and folder is not None and folder.record is not None:
            return self._lost(number, what, folder)
        ended = number in self._books.ended or number in self._books.instances
        why = "which is not there any more" if ended else "of which the ledger knows nothing"
        said = f"{what} on {self._node} is that of instance {number}, {why}"
        mend = Mend(self._node, number, steps=tuple(self._take_away(number, domain)))
        return Finding("domain-stray" if domain else "folder-stray", Severity.ERROR, self._node, said, mend)

    def _lost(self, number: int, what: str, folder: Folder) -> Finding:
        assert folder.record is not None
        instance, blueprint = rebuilt(folder.record, self._node, self._seen)
        said = f"{what} on {self._node} is that of instance {number} of {instance.owner}, which the ledger has lost"
        held = {
            "address": self._books.addresses.get(f"{instance.lease.network}/{instance.lease.address}"),
            "name": self._books.names.get(instance.name),
        }
        taken = [f"its {kind} is that of instance {by.value} now" for kind, by in held.items() if by is not None]
        if taken:
            other = next(by.value for by in held.values() if by)
            mend = Mend(command=f"one of both has to go: stratus describe -v {other}")
            return Finding("instance-lost", Severity.ERROR, self._node, f"{said}; {', '.join(taken)}", mend)
        mend = Mend(self._node, number, corrections=(Enter(instance, blueprint),))
        return Finding("instance-lost", Severity.ERROR, self._node, said, mend)

    def _take_away(self, number: int, domain: str) -> Iterator[Step]:
        if domain:
            yield StopDomain(self._uri, domain)
            yield UndefineDomain(self._uri, domain)
        for port in self._ports_of(number):
            yield UnplugPort(port, self._paths.networks)
        if number in self._folders:
            yield SetAside(self._paths.instance(number), f"{self._paths.aside}/instances")

    def _ports_of(self, number: int) -> list[Port]:
        return [port for port in self._ports if instance_of_tap(port.tap) == number]
