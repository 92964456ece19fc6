"""The libvirt door on the machine's real qemu:///system, with guests of one boot sector that really run."""

import dataclasses
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import libvirt
import pexpect
import pytest

from stratus.drivers.hypervisor.libvirt import LibvirtHypervisor
from stratus.errors import CommandFailed, DeadlineExceeded
from stratus.model.argv import hypervisor as argv
from stratus.model.domain import DomainDisk, DomainNic, DomainSpec, HypervisorFacts, Power
from tests.drivers.hypervisor.boot_sector import GREETING, write_disk
from tests.drivers.hypervisor.contract import HypervisorContract
from tests.drivers.hypervisor.proxy import Proxy
from tests.drivers.hypervisor.specs import PLAIN, another
from tests.drivers.hypervisor.waiting import until

pytestmark = pytest.mark.live

URI = "qemu:///system"
SOCKET = "/run/libvirt/libvirt-sock"


@pytest.fixture
def hypervisor(tmp_path: Path) -> Iterator[LibvirtHypervisor]:
    door = LibvirtHypervisor(URI, state_dir=str(tmp_path))
    yield door
    door.close()


@pytest.fixture(scope="session")
def facts(tmp_path_factory: pytest.TempPathFactory) -> HypervisorFacts:
    return LibvirtHypervisor(URI, state_dir=str(tmp_path_factory.mktemp("facts"))).facts()


@pytest.fixture
def folder() -> Iterator[Path]:
    # Not tmp_path: QEMU runs as a user of its own, who may not enter pytest's folders.
    path = Path(tempfile.mkdtemp(prefix="stratus-test-", dir="/var/tmp"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def spec(hypervisor: LibvirtHypervisor, facts: HypervisorFacts, folder: Path) -> Iterator[DomainSpec]:
    """An overlay on a read-only base, and a CD-ROM: what an instance has."""
    base, root, context = folder / "base", folder / "root.qcow2", folder / "context.iso"
    write_disk(base)
    base.chmod(0o444)
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", base, root], check=True, timeout=30)
    context.write_bytes(bytes(1 << 20))
    spec = dataclasses.replace(
        another(PLAIN),
        ram_mib=64,
        disks=(
            DomainDisk(str(root), "qcow2", "vda", serial="root", base_path=str(base), base_format="raw"),
            DomainDisk(str(context), "raw", "sda", bus="sata", device="cdrom", read_only=True),
        ),
        console_log=str(folder / "console.log"),
        virt_type=facts.virt_type,
        machine=facts.machine,
        cpu_model=facts.cpu_model,
    )
    yield spec
    hypervisor.destroy(spec.name)
    hypervisor.undefine(spec.name)


class TestLibvirtOnQemu(HypervisorContract):
    pass


def boot(hypervisor: LibvirtHypervisor, spec: DomainSpec) -> None:
    hypervisor.define(spec)
    hypervisor.start(spec.name)
    until("the guest greets", lambda: GREETING in console_text(spec))


def console_text(spec: DomainSpec) -> str:
    log = Path(spec.console_log)
    return log.read_text(errors="replace") if log.exists() else ""


def is_off(hypervisor: LibvirtHypervisor, spec: DomainSpec) -> bool:
    return hypervisor.domains()[spec.name].power is not Power.RUNNING


def test_what_the_guest_says_is_kept_also_over_a_second_start(hypervisor: LibvirtHypervisor, spec: DomainSpec) -> None:
    boot(hypervisor, spec)
    hypervisor.destroy(spec.name)
    hypervisor.start(spec.name)

    until("it greets again", lambda: console_text(spec).count(GREETING) == 2)


def test_a_hard_reboot_starts_the_guest_anew(hypervisor: LibvirtHypervisor, spec: DomainSpec) -> None:
    boot(hypervisor, spec)
    hypervisor.reboot(spec.name, hard=True)

    until("it greets again", lambda: console_text(spec).count(GREETING) == 2)


def test_the_console_speaks_both_ways_and_is_logged(hypervisor: LibvirtHypervisor, spec: DomainSpec) -> None:
    boot(hypervisor, spec)

    program, *arguments = argv.console(URI, spec.name)
    with pexpect.spawn(program, arguments, timeout=30, encoding="utf-8", echo=False) as console:
        console.expect("Escape character is")
        console.send("over and out")
        console.expect("over and out")
        console.send("\x1d")
        console.expect(pexpect.EOF)

    assert console.exitstatus == 0
    until("it is in the log", lambda: "over and out" in console_text(spec))


def test_a_guest_that_turns_itself_off_is_off(hypervisor: LibvirtHypervisor, spec: DomainSpec) -> None:
    boot(hypervisor, spec)

    program, *arguments = argv.console(URI, spec.name)
    with pexpect.spawn(program, arguments, timeout=30, encoding="utf-8", echo=False) as console:
        console.expect("Escape character is")
        console.send("q")
        console.expect(pexpect.EOF)

    until("it is off", lambda: is_off(hypervisor, spec))
    status = hypervisor.domains()[spec.name]
    assert (status.power, status.reason) == (Power.OFF, "shut down")


def test_a_guest_whose_emulator_dies_has_crashed(hypervisor: LibvirtHypervisor, spec: DomainSpec) -> None:
    boot(hypervisor, spec)
    os.kill(int(Path(f"/run/libvirt/qemu/{spec.name}.pid").read_text()), signal.SIGKILL)

    until("it is off", lambda: is_off(hypervisor, spec))
    assert hypervisor.domains()[spec.name].power is Power.CRASHED


def test_the_base_image_stays_roots_and_the_guest_cannot_write_it(
    hypervisor: LibvirtHypervisor, spec: DomainSpec
) -> None:
    base = Path(spec.disks[0].base_path)
    before = base.stat()
    boot(hypervisor, spec)
    running = base.stat()
    hypervisor.destroy(spec.name)
    after = base.stat()

    kept = [(stat.st_uid, stat.st_gid, stat.st_mode, stat.st_mtime_ns) for stat in (before, running, after)]
    assert kept[0] == kept[1] == kept[2]


def test_the_size_that_was_asked_for_is_reported(hypervisor: LibvirtHypervisor, spec: DomainSpec) -> None:
    two = dataclasses.replace(spec, vcpu=2)
    boot(hypervisor, two)

    status = hypervisor.domains()[spec.name]
    assert (status.vcpu, status.ram_kib) == (2, spec.ram_mib * 1024)
    assert status.cpu_time_ns > 0


def test_a_card_is_plugged_into_its_bridge_under_the_name_that_was_given(
    hypervisor: LibvirtHypervisor, spec: DomainSpec
) -> None:
    bridge, tap = f"tb{os.getpid()}", f"tt{os.getpid()}"
    subprocess.run(["ip", "link", "add", bridge, "type", "bridge"], check=True, timeout=10)
    try:
        boot(hypervisor, dataclasses.replace(spec, nics=(DomainNic("02:00:0a:13:40:05", bridge, tap),)))
        plugged = Path(f"/sys/class/net/{bridge}/brif/{tap}").exists()
        hypervisor.destroy(spec.name)
        left = Path(f"/sys/class/net/{tap}").exists()
    finally:
        subprocess.run(["ip", "link", "del", bridge], check=True, timeout=10)

    assert (plugged, left) == (True, False)


def test_a_start_that_fails_says_why_and_leaves_it_off(hypervisor: LibvirtHypervisor, spec: DomainSpec) -> None:
    hypervisor.define(spec)
    Path(spec.disks[0].path).unlink()

    with pytest.raises(CommandFailed, match=r"start .*No such file"):
        hypervisor.start(spec.name)
    assert hypervisor.domains()[spec.name].power is Power.OFF


def test_kvm_is_only_named_where_a_guest_ran_under_it(facts: HypervisorFacts) -> None:
    assert facts.machine.startswith("pc-q35-") and facts.machine != "pc-q35"
    assert Path(facts.emulator).exists()
    assert facts.virt_type in ("kvm", "qemu")


def test_the_lines_of_a_plan_do_the_same(hypervisor: LibvirtHypervisor, spec: DomainSpec, folder: Path) -> None:
    file = folder / "domain.xml"
    file.write_text(hypervisor.define(spec))
    hypervisor.undefine(spec.name)

    deeds = (argv.start, argv.reboot, argv.reset, argv.shutdown, argv.destroy, argv.undefine)
    for line in (argv.define(URI, str(file)), *(deed(URI, spec.name) for deed in deeds)):
        subprocess.run(line, check=True, timeout=60, capture_output=True)

    assert spec.name not in hypervisor.domains()


def test_the_door_goes_on_when_libvirtd_was_restarted(
    hypervisor: LibvirtHypervisor, spec: DomainSpec, folder: Path
) -> None:
    proxy = Proxy(folder / "sock", SOCKET)
    door = LibvirtHypervisor(f"{URI}?socket={folder}/sock", state_dir=str(folder))
    hypervisor.define(spec)
    try:
        for _ in range(3):
            assert spec.name in door.domains()
            proxy.cut()
        with ThreadPoolExecutor(4) as pool:
            assert all(spec.name in found for found in pool.map(lambda _: door.domains(), range(8)))
    finally:
        proxy.close()


def test_the_door_goes_on_when_libvirtd_hung_and_came_back(
    hypervisor: LibvirtHypervisor, spec: DomainSpec, folder: Path
) -> None:
    proxy = Proxy(folder / "sock", SOCKET)
    door = LibvirtHypervisor(f"{URI}?socket={folder}/sock", state_dir=str(folder), timeout_s=1.0)
    hypervisor.define(spec)
    try:
        assert spec.name in door.domains()
        proxy.deaf()
        with pytest.raises(DeadlineExceeded):
            door.domains()
        proxy.hear()
        assert spec.name in door.domains()
    finally:
        proxy.close()


def test_a_saved_domain_is_forgotten_with_what_was_saved(hypervisor: LibvirtHypervisor, spec: DomainSpec) -> None:
    boot(hypervisor, spec)
    connect = libvirt.open(URI)
    connect.lookupByName(spec.name).managedSave()
    connect.close()

    assert hypervisor.domains()[spec.name].power is Power.OFF
    hypervisor.undefine(spec.name)
    assert spec.name not in hypervisor.domains()
