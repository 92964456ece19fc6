"""What a session over SSH may be for: SSH_ORIGINAL_COMMAND chooses among three, and its words reach nothing else."""

import shlex

from stratus.errors import Denied
from stratus.model.values import dataclass

NAME = "stratus-gate"
MOST = 256  # characters of a name or number
_LAST_PORT = 65535


@dataclass(frozen=True)
class Protocol:
    """The lines of `model/wire.py`."""


@dataclass(frozen=True)
class Console:
    """The serial console of an instance."""

    target: str


@dataclass(frozen=True)
class Tunnel:
    """The bytes of one connection to a port of an instance."""

    target: str
    port: int


Wanted = Protocol | Console | Tunnel


def wanted(original_command: str | None) -> Wanted:
    """What the session is for. Raises Denied for everything else: shells, scp, rsync, commands of any kind."""
    text = original_command or ""
    try:
        words = tuple(shlex.split(text)) if len(text) <= 2 * MOST else ("something long",)
    except ValueError:
        words = ("an unfinished quotation",)
    match words:
        case () | ("stratus-gate",):
            return Protocol()
        case ("stratus-gate", "console", target) if 0 < len(target) <= MOST:
            return Console(target)
        case ("stratus-gate", "tunnel", target, port) if 0 < len(target) <= MOST and _is_port(port):
            return Tunnel(target, int(port))
    raise Denied(
        f"this is the gate of a cloud, not a shell: {text[:80]!r} is not among what it does",
        hint="stratus login ssh://HOST, then any command of stratus",
    )


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 5 and 0 < int(text) <= _LAST_PORT
