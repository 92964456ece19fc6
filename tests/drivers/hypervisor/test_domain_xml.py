"""Domain XML: what libvirt's schema accepts, word for word as in golden/, whatever a user wrote."""

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from stratus.drivers.hypervisor.domain_xml import domain_xml
from stratus.errors import BadInput
from stratus.model.domain import DomainDisk, DomainNic, DomainSpec
from tests.drivers.hypervisor.specs import FULL, PLAIN

GOLDEN = Path(__file__).parent / "golden"
SCHEMA = Path("/usr/share/libvirt/schemas/domain.rng")
VARIANTS = {
    "plain": PLAIN,
    "full": FULL,
    "named-cpu": dataclasses.replace(PLAIN, cpu_model="Nehalem", title="", spare_ports=0),
}


@pytest.fixture(scope="module")
def schema() -> etree.RelaxNG:
    assert SCHEMA.exists(), "install libvirt-daemon: it brings libvirt's schema"
    return etree.RelaxNG(etree.parse(str(SCHEMA)))


@pytest.mark.parametrize("name", VARIANTS)
def test_the_definition_is_as_it_was(name: str) -> None:
    assert domain_xml(VARIANTS[name]) == (GOLDEN / f"{name}.xml").read_text()


@pytest.mark.parametrize("name", VARIANTS)
def test_libvirts_own_schema_accepts_it(name: str, schema: etree.RelaxNG) -> None:
    schema.assertValid(etree.fromstring(domain_xml(VARIANTS[name])))


@given(title=st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=60))
def test_any_title_comes_out_as_it_went_in_or_is_refused(title: str) -> None:
    try:
        text = domain_xml(dataclasses.replace(PLAIN, title=title))
    except BadInput:
        return
    found = etree.fromstring(text).findtext("title")
    assert (found or "") == (title if title.strip() else "")


def test_a_title_of_several_lines_becomes_one_line() -> None:
    text = domain_xml(dataclasses.replace(PLAIN, title="a\nb\tc\r\nd"))

    assert etree.fromstring(text).findtext("title") == "a b c  d"


def test_markup_in_a_path_stays_a_path() -> None:
    path = "/var/lib/\"/><disk type='file'>&amp;"
    text = domain_xml(dataclasses.replace(PLAIN, disks=(DomainDisk(path, "raw", "vda"),)))

    sources = etree.fromstring(text).findall("devices/disk/source")
    assert [source.get("file") for source in sources] == [path]


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\x7f", "\ud800", "￾"])
def test_a_control_character_is_refused(character: str) -> None:
    with pytest.raises(BadInput):
        domain_xml(dataclasses.replace(PLAIN, title=f"a{character}b"))


@pytest.mark.parametrize(
    "bad",
    [
        dataclasses.replace(PLAIN, name=""),
        dataclasses.replace(PLAIN, name="a/b"),
        dataclasses.replace(PLAIN, name="a\nb"),
        dataclasses.replace(PLAIN, name="--all"),
        dataclasses.replace(PLAIN, uuid="7"),
        dataclasses.replace(PLAIN, vcpu=0),
        dataclasses.replace(PLAIN, ram_mib=0),
        dataclasses.replace(PLAIN, console_log="console.log"),
        dataclasses.replace(PLAIN, nics=(DomainNic("02:00:00:00:00:01", "br0", "a-name-of-sixteen"),)),
        dataclasses.replace(PLAIN, disks=(DomainDisk("root.raw", "raw", "vda"),)),
        dataclasses.replace(PLAIN, disks=(DomainDisk("/root\n.raw", "raw", "vda"),)),
        dataclasses.replace(PLAIN, disks=(DomainDisk("/root.raw", "", "vda"),)),
        dataclasses.replace(PLAIN, disks=(DomainDisk("/root.vmdk", "vmdk", "vda"),)),
        dataclasses.replace(PLAIN, disks=(DomainDisk("/r.qcow2", "qcow2", "vda", base_path="/b"),)),
        dataclasses.replace(PLAIN, disks=(DomainDisk("/r.raw", "raw", "vda", base_path="/b", base_format="raw"),)),
    ],
    ids=lambda spec: "",
)
def test_what_libvirt_could_not_use_is_refused(bad: DomainSpec) -> None:
    with pytest.raises(BadInput):
        domain_xml(bad)


def test_no_format_is_ever_probed() -> None:
    disks = etree.fromstring(domain_xml(FULL)).findall("devices/disk")

    assert all(disk.find("driver").get("type") in ("raw", "qcow2") for disk in disks)
    chains = [disk.find("backingStore") for disk in disks]
    assert all(chain is not None and (len(chain) == 0 or len(chain.find("backingStore")) == 0) for chain in chains)


def test_ports_are_left_free_for_hot_plug() -> None:
    devices = etree.fromstring(domain_xml(FULL)).find("devices")

    ports = devices.findall("controller[@model='pcie-root-port']")
    taken = len(devices.findall("disk/target[@bus='virtio']")) + len(devices.findall("interface")) + 2  # rng, agent
    assert len(ports) - taken == FULL.spare_ports
