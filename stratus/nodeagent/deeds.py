"""What each kind of step does on a node: is it done already, do it, undo it."""

import os
import time
from collections.abc import Callable
from typing import Any

from stratus.drivers.disks.aside import move_aside
from stratus.errors import BadInput, Conflict, DeadlineExceeded
from stratus.model import steps
from stratus.model.domain import Power
from stratus.model.values import dataclass
from stratus.nodeagent.doors import Doors

POWER_POLL_S = 0.1
PRESS_AGAIN_S = 3.0


@dataclass(frozen=True)
class Deed:
    """The three deeds of one kind of step; each takes the doors and the step, and is safe to repeat."""

    do: Callable[[Doors, Any], None]
    undo: Callable[[Doors, Any], None] | None = None  # None: what it did is not taken back
    is_done: Callable[[Doors, Any], bool] = lambda doors, step: False


def _check_image(doors: Doors, step: steps.CheckImage) -> None:
    """The node trusts neither its own copy nor what the front end says of it, unless both agree."""
    doors.images.verify(step.identifier)
    facts = doors.images.get(step.identifier)
    if facts is None or facts.checksums.sha256 != step.sha256:
        raise BadInput(
            f"image {step.identifier} on this node is not the one that was ordered",
            hint=f"stratus image show {step.identifier}",
        )


def _make_folder(doors: Doors, step: steps.MakeFolder) -> None:
    doors.disks.make_directory(step.path)


def _remove_folder(doors: Doors, step: steps.MakeFolder | steps.RemoveFolder) -> None:
    doors.disks.remove(step.path)


def _set_aside(doors: Doors, step: steps.SetAside) -> None:
    doors.disks.put_aside(step.path, step.into)


def _set_file_aside(doors: Doors, step: steps.SetFileAside) -> None:
    if os.path.lexists(step.path):
        move_aside(step.path, step.into)


def _write_record(doors: Doors, step: steps.WriteRecord) -> None:
    doors.disks.write_record(step.path, step.text)


def _clone(doors: Doors, step: steps.CloneDisk) -> None:
    doors.disks.clone(step.base, step.base_format, step.path, step.format)


def _make_disk(doors: Doors, step: steps.MakeDisk) -> None:
    doors.disks.make(step.path, step.size_mib, filesystem=step.filesystem)


def _write_context(doors: Doors, step: steps.WriteContext) -> None:
    doors.disks.write_context(step.path, step.disk)


def _ensure_bridge(doors: Doors, step: steps.EnsureBridge) -> None:
    doors.network.ensure(step.bridge)


def _plug(doors: Doors, step: steps.PlugPort) -> None:
    doors.network.plug(step.port)


def _unplug(doors: Doors, step: steps.PlugPort | steps.UnplugPort) -> None:
    doors.network.unplug(step.port)


def _is_plugged(doors: Doors, step: steps.PlugPort) -> bool:
    return step.port in doors.network.ports()


def _define(doors: Doors, step: steps.DefineDomain) -> None:
    doors.disks.write_record(step.xml_path, doors.hypervisor.define(step.spec))


def _undefine_new(doors: Doors, step: steps.DefineDomain) -> None:
    """Somebody else's domain of that name is why it was refused, and stays."""
    there = doors.hypervisor.outlines().get(step.spec.name)
    if there is not None and there.uuid == step.spec.uuid.lower():
        doors.hypervisor.undefine(step.spec.name)


def _power(doors: Doors, name: str) -> Power:
    status = doors.hypervisor.domains().get(name)
    return status.power if status else Power.OFF


def _start(doors: Doors, step: steps.StartDomain) -> None:
    doors.hypervisor.start(step.name)


def _destroy(doors: Doors, step: steps.StartDomain | steps.StopDomain) -> None:
    doors.hypervisor.destroy(step.name)


def _runs(doors: Doors, step: steps.StartDomain) -> bool:
    return _power(doors, step.name) is Power.RUNNING


def _is_off(doors: Doors, step: steps.StopDomain | steps.PressPower) -> bool:
    return _power(doors, step.name) in (Power.OFF, Power.CRASHED)


def _press_power(doors: Doors, step: steps.PressPower) -> None:
    """A guest that is still booting misses the button, so it is pressed again until the deadline."""
    deadline = time.monotonic() + step.deadline_s
    pressed = float("-inf")
    while not _is_off(doors, step):
        now = time.monotonic()
        if now > deadline:
            raise DeadlineExceeded(
                f"the guest of {step.name} did not power off within {step.deadline_s:.0f} s",
                hint=f"stratus stop --force {step.name.removeprefix('one-')}",
            )
        if now - pressed > PRESS_AGAIN_S:
            doors.hypervisor.shut_down(step.name)
            pressed = now
        elif doors.superseded():
            raise Conflict(f"the guest of {step.name} was not waited for any longer, since it is to be killed")
        time.sleep(POWER_POLL_S)


def _reboot(doors: Doors, step: steps.RebootDomain) -> None:
    doors.hypervisor.reboot(step.name, hard=step.hard)


def _undefine(doors: Doors, step: steps.UndefineDomain) -> None:
    doors.hypervisor.undefine(step.name)


DEEDS: dict[type, Deed] = {
    steps.CheckImage: Deed(_check_image),
    steps.MakeFolder: Deed(_make_folder, _remove_folder),
    steps.WriteRecord: Deed(_write_record),
    steps.CloneDisk: Deed(_clone),
    steps.MakeDisk: Deed(_make_disk),
    steps.WriteContext: Deed(_write_context),
    steps.EnsureBridge: Deed(_ensure_bridge),
    steps.PlugPort: Deed(_plug, _unplug, _is_plugged),
    steps.UnplugPort: Deed(_unplug),
    steps.DefineDomain: Deed(_define, _undefine_new),
    steps.StartDomain: Deed(_start, _destroy, _runs),
    steps.PressPower: Deed(_press_power, is_done=_is_off),
    steps.StopDomain: Deed(_destroy, is_done=_is_off),
    steps.RebootDomain: Deed(_reboot),
    steps.UndefineDomain: Deed(_undefine),
    steps.RemoveFolder: Deed(_remove_folder),
    steps.SetAside: Deed(_set_aside),
    steps.SetFileAside: Deed(_set_file_aside),
}
