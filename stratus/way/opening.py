"""Choosing the concrete doors of the user's side: to gates, with the names behind them, and into guests."""

from collections.abc import Mapping
from pathlib import Path

from stratus.drivers.gate.protocol import Gates
from stratus.drivers.link.protocol import Guests
from stratus.model.endpoint import Endpoint
from stratus.way.seen import Names


def open_gates(environ: Mapping[str, str]) -> Gates:
    """All gates, as the user of this environment reaches them. Opens no connection yet."""
    from stratus.drivers.gate.gates import SshGates

    return SshGates(_folder(environ) / "ssh")


def open_names(environ: Mapping[str, str], endpoint: Endpoint) -> Names:
    """The names that were last seen behind the gate there."""
    from stratus.drivers.gate.names import NamesFile

    return NamesFile(_folder(environ) / "names", endpoint)


def _folder(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("HOME") or "~").expanduser() / ".stratuslab"


def open_guests() -> Guests:
    """The guests of instances, entered by the user's own SSH."""
    from stratus.drivers.link.guests import SshGuests

    return SshGuests()
