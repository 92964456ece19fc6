"""Choosing the concrete door to gates."""

from collections.abc import Mapping
from pathlib import Path

from stratus.drivers.gate.protocol import Gates

ALONE_S = 15.0  # how long one gate that was named may take to answer


def open_gates(environ: Mapping[str, str]) -> Gates:
    """All gates, as the user of this environment reaches them. Opens no connection yet."""
    from stratus.drivers.gate.gates import SshGates

    return SshGates(Path(environ.get("HOME") or "~").expanduser() / ".stratuslab/ssh")
