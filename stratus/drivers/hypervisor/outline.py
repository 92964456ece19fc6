"""Reading a domain's definition back: libvirt's XML to the outline that the cloud compares with what it asked for."""

from lxml import etree

from stratus.errors import BadInput
from stratus.model.domain import DomainOutline

_TO_MIB = {"b": 1 / 2**20, "KiB": 1 / 1024, "MiB": 1.0, "GiB": 1024.0}


def outline(xml: str, *, persistent: bool) -> DomainOutline:
    """The outline of a domain. Raises BadInput for text that is no domain."""
    try:
        domain = etree.fromstring(xml.encode())
        memory = domain.find("memory")
        unit = memory.get("unit", "KiB") if memory is not None else "KiB"
        return DomainOutline(
            uuid=domain.findtext("uuid", "").lower(),
            vcpu=int(domain.findtext("vcpu", "1")),
            ram_mib=round(int(domain.findtext("memory", "0")) * _TO_MIB.get(unit, 0.0)),
            disks=tuple(sorted(_disk(disk) for disk in domain.findall("devices/disk"))),
            nics=tuple(sorted(_nic(nic) for nic in domain.findall("devices/interface"))),
            machine=_attribute(domain, "os/type", "machine"),
            persistent=persistent,
        )
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BadInput(f"this is no domain: {error}") from error


def _disk(disk: "etree._Element") -> tuple[str, str, str]:
    return _attribute(disk, "target", "dev"), _attribute(disk, "source", "file"), _attribute(disk, "driver", "type")


def _nic(nic: "etree._Element") -> tuple[str, str, str]:
    return _attribute(nic, "mac", "address"), _attribute(nic, "source", "bridge"), _attribute(nic, "target", "dev")


def _attribute(element: "etree._Element", path: str, name: str) -> str:
    found = element.find(path)
    return str(found.get(name, "")) if found is not None else ""
