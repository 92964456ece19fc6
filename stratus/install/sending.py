"""Sending the installer to another machine with an errand, over the administrator's own SSH."""

import json
from collections.abc import Callable
from pathlib import Path

from stratus.drivers.link.protocol import Shell
from stratus.errors import CommandFailed, from_wire
from stratus.install.bundle import Bundle
from stratus.install.errand import Brought, Errand
from stratus.model.codec import decode, encode

_PYTHON = "/usr/bin/python3"  # the distribution's own, which finds the distribution's libraries
_LONG_S = 3600.0


def send(shell: Shell, bundle: Bundle, errand: Errand, *, is_root: bool, say: Callable[[str], None]) -> Brought:
    """What came of the errand there. Raises the error that it met there; CommandFailed, NodeUnreachable.

    Nothing is needed there but Python, and nothing of the bundle stays but what the errand installs."""
    text = Path(__file__).with_name("boot.py").read_text("utf-8")  # it runs there, and is never imported
    argv = (*(() if is_root else ("sudo", "-n")), _PYTHON, "-c", text)
    incoming = f"{len(bundle.content)}\n".encode() + bundle.content + json.dumps(encode(errand)).encode()
    ran = shell.run(argv, input=incoming, say=say, timeout_s=_LONG_S)
    if ran.status != 0:
        raise CommandFailed(f"the installer could not be started there (status {ran.status})", hint=_hint(ran.status))
    brought = decode(Brought, json.loads(ran.output.splitlines()[-1]))
    if brought.code:
        raise from_wire(brought.code, brought.message, brought.hint)
    return brought


def _hint(status: int) -> str:
    if status == 127:
        return "install Python there: apt-get install python3"
    return "what it said stands above; without root, --user needs sudo that asks for no password"
