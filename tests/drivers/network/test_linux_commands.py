"""Which programs the Linux door runs, and what it does when one fails; no machine is touched."""

import dataclasses
import json
from pathlib import Path

import pytest

from stratus.drivers.network.commands import run_command
from stratus.drivers.network.linux import LinuxNetwork
from stratus.drivers.network.records import Records
from stratus.errors import BadInput, CommandFailed, Conflict, DeadlineExceeded
from stratus.model.argv import Argv
from stratus.model.argv import network as argv
from tests.drivers.network.contract import LOCAL, port

QUIET = dataclasses.replace(LOCAL, dhcp=False)  # without the server, which has to be able to enter the folder


class Machine:
    """Answers like a bare machine, notes the commands, and refuses those that start like `refused`."""

    def __init__(self) -> None:
        self.ran: list[Argv] = []
        self.refused: tuple[Argv, ...] = ()

    def __call__(self, command: Argv) -> str:
        self.ran.append(command)
        if any(command[: len(start)] == start for start in self.refused):
            raise CommandFailed(f"{command[0]} failed")
        return {argv.list_links(): json.dumps([]), argv.get_forwarding(): "0\n"}.get(command, "")


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def network(machine: Machine, tmp_path: Path) -> LinuxNetwork:
    return LinuxNetwork(str(tmp_path), run=machine)


def test_what_is_run_is_what_the_plan_says(network: LinuxNetwork, machine: Machine, tmp_path: Path) -> None:
    network.ensure(QUIET)
    assert set(argv.ensure(QUIET, str(tmp_path))) | {argv.get_forwarding()} == set(machine.ran)

    machine.ran.clear()
    network.plug(port(10))
    assert tuple(machine.ran) == argv.plug(port(10))


def test_the_filter_is_there_before_the_bridge(network: LinuxNetwork, machine: Machine, tmp_path: Path) -> None:
    network.ensure(QUIET)
    assert machine.ran.index(argv.load_rules(str(tmp_path))) < machine.ran.index(argv.create(QUIET))


def test_a_plug_that_nft_refuses_leaves_no_port(network: LinuxNetwork, machine: Machine) -> None:
    network.ensure(QUIET)
    machine.refused = (("nft",),)
    with pytest.raises(CommandFailed):
        network.plug(port(10))
    assert network.ports() == []


def test_a_repeated_plug_that_nft_refuses_keeps_the_port(network: LinuxNetwork, machine: Machine) -> None:
    network.ensure(QUIET)
    network.plug(port(10))
    machine.refused = (("nft",),)
    with pytest.raises(CommandFailed):
        network.plug(port(10))
    assert network.ports() == [port(10)]


def test_an_unplug_that_nft_refuses_keeps_the_port_for_the_next_try(network: LinuxNetwork, machine: Machine) -> None:
    network.ensure(QUIET)
    network.plug(port(10))
    machine.refused = (("nft",),)
    with pytest.raises(CommandFailed):
        network.unplug(port(10))
    assert network.ports() == [port(10)]

    machine.refused = ()
    network.unplug(port(10))
    assert network.ports() == []


def test_a_bridge_that_cannot_be_made_can_be_ensured_again(network: LinuxNetwork, machine: Machine) -> None:
    machine.refused = (("ip", "link", "add"),)
    with pytest.raises(CommandFailed):
        network.ensure(QUIET)
    machine.refused = ()
    network.ensure(QUIET)
    network.plug(port(10))
    assert network.ports() == [port(10)]


def test_a_folder_that_the_server_cannot_enter_is_named(network: LinuxNetwork, tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    with pytest.raises(Conflict, match="cannot enter") as caught:
        network.ensure(LOCAL)
    assert caught.value.hint.startswith("chmod")


def test_a_spoilt_record_is_named(network: LinuxNetwork, tmp_path: Path) -> None:
    network.ensure(QUIET)
    network.plug(port(10))
    (spoilt,) = (tmp_path / "ports").glob("st10n0@*.json")
    spoilt.write_text("{")
    with pytest.raises(BadInput, match="st10n0"):
        network.ports()


def test_a_change_waits_for_another_one_only_so_long(tmp_path: Path) -> None:
    one, other = Records(tmp_path), Records(tmp_path)
    with one.locked(), pytest.raises(DeadlineExceeded), other.locked(deadline_s=0.02):
        pass
    with other.locked(deadline_s=0.02):
        pass


def test_a_program_that_is_missing_is_named_with_its_package() -> None:
    with pytest.raises(CommandFailed, match="not installed") as caught:
        run_command(("no-such-program-here",))
    assert "apt-get install" in caught.value.hint


def test_a_program_that_takes_too_long_is_ended() -> None:
    with pytest.raises(DeadlineExceeded):
        run_command(("sleep", "60"), deadline_s=0.05)


def test_a_failing_program_is_quoted() -> None:
    with pytest.raises(CommandFailed, match="what went wrong"):
        run_command(("sh", "-c", "echo what went wrong >&2; exit 3"))


def test_a_daemon_that_is_left_behind_holds_nobody_up() -> None:
    assert run_command(("sh", "-c", "sleep 5 & echo started"), deadline_s=2) == "started\n"
