"""Carrying out a change that may cut this machine off, with a watchdog that takes it back."""

import json
import shlex
import time
from pathlib import Path

from stratus.errors import CommandFailed, Conflict, DeadlineExceeded
from stratus.install import machine
from stratus.install.deeds import ROOT, Guarded
from stratus.install.echo import answers_echo
from stratus.install.revert import Marks
from stratus.model.codec import encode

_ARMED_S = 10.0
_ECHO_S = 0.5
_PAUSE_S = 0.1


def carry_out_guarded(deed: Guarded, marks: Marks | None = None) -> None:
    """Change, ask, confirm. Raises DeadlineExceeded when the change was taken back, and whatever fails before."""
    marks = marks or Marks()
    told = {"seconds": deed.seconds, "undo": deed.undo, "card": encode(deed.card)}
    machine.write(deed.record, json.dumps(told, indent=1) + "\n", mode=0o644, owner="root", group="root")
    machine.launch(deed.watchdog, account=ROOT, log=deed.log)
    _wait_until_armed(marks, deed)
    try:
        for file in deed.files:
            Path(file.path).parent.mkdir(parents=True, exist_ok=True)
            machine.write(file.path, file.text, mode=file.mode, owner=file.owner, group=file.group)
        for argv in deed.commands:
            machine.run(argv)
        _wait_for_an_answer(marks, deed)
    except BaseException:
        marks.refused.touch()
        raise
    if marks.reverted.exists():
        asked = " and ".join(deed.asks) or "nobody"
        raise DeadlineExceeded(
            f"{asked} did not answer through {deed.through} within {deed.seconds:g} s: the network is as it was before",
            hint=f"look for a firewall or switch that minds {deed.through}; cat {deed.log}",
        )


def confirm(marks: Marks) -> None:
    """Keep the change that waits. Raises Conflict if there is none, DeadlineExceeded if it was too late."""
    if not marks.waiting.exists():
        raise Conflict("no change of the network waits for a confirmation", hint="stratus install --plan")
    marks.confirmed.touch()
    _wait_for_the_end(marks)
    if marks.reverted.exists():
        raise DeadlineExceeded("the change had been taken back by then", hint="stratus install --yes")


def _wait_until_armed(marks: Marks, deed: Guarded) -> None:
    deadline = time.monotonic() + _ARMED_S
    while not marks.waiting.exists():
        if time.monotonic() > deadline:
            raise CommandFailed("the watchdog does not start, so nothing was changed", hint=f"cat {deed.log}")
        time.sleep(_PAUSE_S / 10)


def _wait_for_an_answer(marks: Marks, deed: Guarded) -> None:
    deadline = time.monotonic() + deed.seconds + _ARMED_S
    while marks.waiting.exists():
        if time.monotonic() > deadline:
            take_back = shlex.join((*deed.watchdog, "--now"))
            raise DeadlineExceeded("the watchdog of the change of the network does not come back", hint=take_back)
        # Nobody came in through an interface without addresses.
        harmless = not deed.card.addresses
        if harmless or any(answers_echo(address, deed.through, timeout_s=_ECHO_S) for address in deed.asks):
            marks.confirmed.touch()
            _wait_for_the_end(marks)
        time.sleep(_PAUSE_S)


def _wait_for_the_end(marks: Marks) -> None:
    deadline = time.monotonic() + _ARMED_S
    while marks.waiting.exists() and time.monotonic() < deadline:
        time.sleep(_PAUSE_S)
