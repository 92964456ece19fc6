"""The life of an instance on the installed cloud: stop, start, reboot, shutdown, kill, and ends that nobody ordered."""

import os
import signal
import time

import pytest

from tests.live.cli import Stratus
from tests.live.lab import Guest, Start
from tests.live.node import domain_xml, leftovers, qemu_pid, virsh
from tests.live.plans import carried_out, planned

pytestmark = pytest.mark.live

BOOT_ID = "cat /proc/sys/kernel/random/boot_id"


def test_what_is_on_its_disks_and_its_address_outlive_a_stop(start: Start, stratus: Stratus) -> None:
    guest = start("stop", "--volatile-disk", "1")
    guest.wait_for("grep -q ' /mnt/volatile ' /proc/mounts && test -e /run/context/done")
    before = guest.row()
    written = guest.ssh(
        "dd if=/dev/urandom of=/mnt/volatile/kept bs=64k count=16 && sync && md5sum </mnt/volatile/kept"
    )
    host_key = guest.ssh("md5sum </etc/dropbear/host_key")  # the appliance keeps it on its own disk, the overlay

    plan = planned(stratus, f"stop {guest.id}")
    stratus(f"stop --wait {guest.name}")
    assert carried_out(guest.history()[-1]["steps"], plan) == plan
    stopped = guest.row()
    assert stopped["state"] == "stopped" and virsh("domstate", guest.domain).strip() == "shut off"
    assert "going down" in guest.console()
    assert guest.try_ssh("true").returncode == 4
    assert "stratus start" in stratus(f"why {guest.id}").stdout
    stratus(f"start --wait=ssh {guest.name}")

    after = guest.row()
    assert {name: after[name] for name in ("address", "mac", "uuid", "name", "node")} == {
        name: before[name] for name in ("address", "mac", "uuid", "name", "node")
    }
    assert f"{guest.address}/" in guest.ssh("ip -4 -o addr").decode()
    guest.wait_for("test -e /mnt/volatile/kept")
    assert guest.ssh("md5sum </mnt/volatile/kept") == written
    assert guest.ssh("md5sum </etc/dropbear/host_key") == host_key
    assert [state for state in guest.states() if state in ("running", "stopped")] == ["running", "stopped", "running"]


@pytest.fixture(scope="module")
def rebooted(start_for_all: Start) -> Guest:
    return start_for_all("reboot")


@pytest.mark.parametrize("verb", ["reboot", "reboot --hard"])
def test_a_reboot_boots_the_same_instance_again(rebooted: Guest, stratus: Stratus, verb: str) -> None:
    guest = rebooted
    boot_id, pid, domain_id = guest.ssh(BOOT_ID), qemu_pid(guest), domain_xml(guest).get("id")
    asked_s = time.monotonic()

    stratus(f"{verb} --wait=ssh {guest.name}")

    assert guest.ssh(BOOT_ID) != boot_id
    assert float(guest.words("cat /proc/uptime")[0]) < time.monotonic() - asked_s
    assert (qemu_pid(guest), domain_xml(guest).get("id")) == (pid, domain_id)  # the same machine
    assert guest.row()["state"] == "running"


def test_a_shutdown_asks_the_guest_and_then_ends_it(start: Start, stratus: Stratus) -> None:
    guest = start("shutdown")
    guest.wait_for("test -e /run/context/done && pidof acpid")
    plan = planned(stratus, f"shutdown {guest.id}")

    stratus(f"shutdown --wait {guest.name}")

    history = guest.history()
    assert carried_out(history[-1]["steps"], plan) == plan
    assert [entry["state"] for entry in history][-2:] == ["shutdown", "done"]
    assert (history[-1]["steps"][0]["title"], history[-1]["steps"][0]["outcome"]) == (
        f"ask {guest.domain} to power off",
        "did",
    )
    assert leftovers(guest) == []
    assert guest.id not in [row["id"] for row in stratus.rows("describe")]
    assert guest.id in [row["id"] for row in stratus.rows("describe --all")]
    assert stratus(f"stop {guest.id}", status=4).stderr


def test_kill_ends_it_at_once_and_leaves_nothing(start: Start, stratus: Stratus) -> None:
    guest = start("kill", "--volatile-disk", "1", wait="running")
    pid = qemu_pid(guest)
    assert len(leftovers(guest)) >= 6  # so that the list is known to see something

    stratus(f"kill --wait {guest.name}")

    assert guest.states()[-1] == "done"
    assert leftovers(guest) == []
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert stratus(f"kill {guest.name}", status=3).stderr
    assert stratus(f"kill {guest.id}", status=4).stderr


def test_a_guest_that_powers_itself_off_is_stopped_and_can_be_started(start: Start, stratus: Stratus) -> None:
    guest = start("off")
    guest.try_ssh("(sleep 1; poweroff) >/dev/null 2>&1 </dev/null & true")

    guest.wait_for_state("stopped")

    assert "powered itself off" in guest.history()[-1]["cause"]
    stratus(f"start --wait {guest.id}")
    assert guest.row()["state"] == "running"


def test_an_instance_whose_qemu_dies_is_failed_with_that_cause_and_can_be_ended(start: Start, stratus: Stratus) -> None:
    guest = start("dies", wait="running")

    os.kill(qemu_pid(guest), signal.SIGKILL)
    row = guest.wait_for_state("failed")

    assert "crashed" in row["error"] and "crashed" in guest.history()[-1]["cause"]
    assert "crashed" in stratus(f"why {guest.id}").stdout
    stratus(f"kill --wait {guest.id}")
    assert leftovers(guest) == []
