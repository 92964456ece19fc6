"""The hypervisor door through libvirt: QEMU's domains on `qemu:///system`, or libvirt's own `test:///default`."""

from typing import TYPE_CHECKING, Any

import libvirt

from stratus.drivers.hypervisor.connection import Connection
from stratus.drivers.hypervisor.kvm_probe import why_not_kvm
from stratus.drivers.hypervisor.power import power_of
from stratus.errors import Conflict
from stratus.model.domain import DomainOutline, DomainSpec, DomainStatus, HypervisorFacts

if TYPE_CHECKING:
    from stratus.drivers.hypervisor.host_facts import HostFacts

SYSTEM = "qemu:///system"
STATISTICS = (
    libvirt.VIR_DOMAIN_STATS_STATE
    | libvirt.VIR_DOMAIN_STATS_CPU_TOTAL
    | libvirt.VIR_DOMAIN_STATS_BALLOON
    | libvirt.VIR_DOMAIN_STATS_VCPU
)
# What an instance may leave behind besides its definition. Older drivers know fewer of these: then fewer are asked for.
LEFTOVERS = (
    libvirt.VIR_DOMAIN_UNDEFINE_MANAGED_SAVE
    | libvirt.VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA
    | libvirt.VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA
    | libvirt.VIR_DOMAIN_UNDEFINE_NVRAM,
    libvirt.VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | libvirt.VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA,
    0,
)


class LibvirtHypervisor:
    """The protocol on one libvirt. `state_dir` keeps the verdict of the KVM probe. Looking has `timeout_s`; what starts
    or stops a QEMU has `power_timeout_s`, because that may take its time on a loaded machine."""

    def __init__(
        self, uri: str = SYSTEM, *, state_dir: str, timeout_s: float = 30.0, power_timeout_s: float = 90.0
    ) -> None:
        self.uri = uri
        self._state_dir = state_dir
        self._power_timeout_s = power_timeout_s
        self._connection = Connection(uri, timeout_s=timeout_s)

    def facts(self) -> HypervisorFacts:
        """What this machine can do; a guest is started once to know whether KVM works."""
        from stratus.drivers.hypervisor.host_facts import host_facts

        # The first question after an upgrade makes libvirt try every emulator, which takes many seconds.
        host = self._connection.call("read the facts", host_facts, timeout_s=self._power_timeout_s)
        virt_type, why_not = self._virt_type(host)
        return HypervisorFacts(
            uri=self.uri,
            virt_type=virt_type,
            why_not_kvm=why_not,
            emulator=host.emulator,
            machine=host.machine,
            cpu_model="host-passthrough" if virt_type == "kvm" else "max",
            version=host.version,
            cpus=host.cpus,
            ram_mib=host.ram_mib,
        )

    def define(self, spec: DomainSpec) -> str:
        """Make the domain known, replacing its older definition; Conflict if the name is that of another domain."""
        from stratus.drivers.hypervisor.domain_xml import domain_xml  # lxml, which an agent that only looks can save

        xml = domain_xml(spec)
        self._power(f"define {spec.name}", lambda connect: _define(connect, spec, xml))
        return xml

    def start(self, name: str) -> None:
        """Start it; nothing happens if it runs already."""
        self._power(f"start {name}", lambda connect: _start(connect.lookupByName(name)))

    def shut_down(self, name: str) -> None:
        """Press its power button and come back at once; nothing happens if it is off."""
        self._power(f"shut down {name}", lambda connect: _if_active(connect.lookupByName(name), "shutdown"))

    def destroy(self, name: str) -> None:
        """Take its power away; nothing happens if it is off or unknown."""
        self._power(f"destroy {name}", lambda connect: _destroy(connect, name))

    def reboot(self, name: str, *, hard: bool = False) -> None:
        """Ask the guest to reboot, or reset it when `hard`; Conflict if it is off."""
        self._power(f"reboot {name}", lambda connect: _reboot(connect.lookupByName(name), hard))

    def undefine(self, name: str) -> None:
        """Forget the definition; nothing happens if it is unknown."""
        self._connection.call(f"undefine {name}", lambda connect: _undefine(connect, name))

    def domains(self) -> dict[str, DomainStatus]:
        """Every domain, by name, from one call."""
        return self._connection.call("list the domains", _domains)

    def outlines(self) -> dict[str, DomainOutline]:
        """What every domain is defined as, by name."""
        return self._connection.call("read the definitions", _outlines)

    def close(self) -> None:
        """Let the connection go; the next call opens another."""
        self._connection.close()

    def _power(self, what: str, function: Any) -> None:
        self._connection.call(what, function, timeout_s=self._power_timeout_s)

    def _virt_type(self, host: "HostFacts") -> tuple[str, str]:
        if not host.emulator:
            return self.uri.partition(":")[0], f"{self.uri} starts no guests"
        why_not = why_not_kvm(host.emulator, host.version, self._state_dir)
        return ("qemu", why_not) if why_not else ("kvm", "")


def _define(connect: Any, spec: DomainSpec, xml: str) -> None:
    known = _lookup(connect, spec.name)
    if known is not None and known.UUIDString() != spec.uuid.lower():
        raise Conflict(
            f"the hypervisor has another domain with the name {spec.name}: {known.UUIDString()}",
            hint=f"if nobody needs it: virsh -c {connect.getURI()} undefine {spec.name}",
        )
    connect.defineXML(xml)  # the schema is compared by a test: doing it here costs three quarters of a definition


def _start(domain: Any) -> None:
    if domain.isActive():
        return
    try:
        domain.create()
    except libvirt.libvirtError:
        # Somebody else may have been quicker between the look and the deed.
        if not domain.isActive():
            raise


def _if_active(domain: Any, deed: str) -> None:
    if not domain.isActive():
        return
    try:
        getattr(domain, deed)()
    except libvirt.libvirtError:
        if domain.isActive():
            raise


def _destroy(connect: Any, name: str) -> None:
    domain = _lookup(connect, name)
    if domain is not None:
        _if_active(domain, "destroy")


def _reboot(domain: Any, hard: bool) -> None:
    if not domain.isActive():
        raise Conflict(f"{domain.name()} is off, it cannot be rebooted", hint="start it instead")
    if hard:
        domain.reset(0)
    else:
        domain.reboot(0)


def _undefine(connect: Any, name: str) -> None:
    domain = _lookup(connect, name)
    if domain is None:
        return
    for flags in LEFTOVERS:
        try:
            domain.undefineFlags(flags)
            return
        except libvirt.libvirtError as error:
            if error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN:
                return
            if error.get_error_code() != libvirt.VIR_ERR_INVALID_ARG or flags == LEFTOVERS[-1]:
                raise


def _lookup(connect: Any, name: str) -> Any | None:
    try:
        return connect.lookupByName(name)
    except libvirt.libvirtError as error:
        if error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN:
            return None
        raise


def _domains(connect: Any) -> dict[str, DomainStatus]:
    # NOWAIT: a domain that is busy gives less, instead of making all the others wait for it.
    records = connect.getAllDomainStats(STATISTICS, libvirt.VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT)
    found = [_status(domain.name(), values) for domain, values in records]
    return {status.name: status for status in found}


def _outlines(connect: Any) -> dict[str, DomainOutline]:
    from stratus.drivers.hypervisor.outline import outline

    found = {}
    for domain in connect.listAllDomains():
        try:
            persistent = bool(domain.isPersistent())
            xml = domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE if persistent else 0)
            found[domain.name()] = outline(xml, persistent=persistent)
        except libvirt.libvirtError as error:
            if error.get_error_code() != libvirt.VIR_ERR_NO_DOMAIN:  # it went away while we looked
                raise
    return found


def _status(name: str, values: dict[str, Any]) -> DomainStatus:
    power, reason = power_of(int(values.get("state.state", 0)), int(values.get("state.reason", 0)))
    return DomainStatus(
        name=name,
        power=power,
        reason=reason,
        cpu_time_ns=int(values.get("cpu.time", 0)),
        vcpu=int(values.get("vcpu.current", 0)),
        ram_kib=int(values.get("balloon.current", 0)),
    )
