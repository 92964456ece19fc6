"""All gates by the program ssh, and what is kept about them in ~/.stratuslab/ssh."""

import subprocess
import tempfile
from pathlib import Path

from stratus.drivers.gate import known_hosts
from stratus.drivers.gate.ssh import Identity, SshGate, no_ssh, ssh_line
from stratus.drivers.gate.trouble import trouble_of
from stratus.errors import GateUnreachable
from stratus.model.endpoint import Endpoint
from stratus.model.node import HostKey


class SshGates:
    """The gates that this user knows."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def gate(self, endpoint: Endpoint, key: str, *, timeout_s: float) -> SshGate:
        """As Gates.gate."""
        private = str(Path(key).expanduser()) if key else ""
        return SshGate(endpoint, Identity(str(self._folder), private), timeout_s=timeout_s)

    def shown(self, endpoint: Endpoint, *, timeout_s: float) -> HostKey:
        """As Gates.shown: ssh goes as far as the host key, and is let in by nothing."""
        with tempfile.TemporaryDirectory(prefix="stratus-") as folder:
            hosts = Path(folder) / "known_hosts"
            options = {
                "StrictHostKeyChecking": "accept-new",
                "HashKnownHosts": "no",
                "GlobalKnownHostsFile": "/dev/null",
                "PreferredAuthentications": "none",
                "ConnectTimeout": str(max(1, round(timeout_s))),
            }
            words = ("-T", *(word for name, value in options.items() for word in ("-o", f"{name}={value}")))
            line = ssh_line(endpoint, Identity(folder, known_hosts=str(hosts)), options=words)
            try:
                done = subprocess.run(
                    line, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout_s + 1, check=False
                )
            except FileNotFoundError as error:
                raise no_ssh() from error
            except subprocess.TimeoutExpired as error:
                raise GateUnreachable(
                    f"{endpoint} did not answer within {timeout_s:g} s", hint="is it busy? try it again"
                ) from error
            found = known_hosts.pinned(hosts, endpoint)
        if found is None:
            raise trouble_of(endpoint, done.returncode, done.stderr.decode("utf-8", "replace"))
        return found

    def pinned(self, endpoint: Endpoint) -> HostKey | None:
        """As Gates.pinned."""
        return known_hosts.pinned(self._known_hosts, endpoint)

    def pin(self, endpoint: Endpoint, key: HostKey) -> None:
        """As Gates.pin."""
        known_hosts.pin(self._known_hosts, endpoint, key)

    @property
    def _known_hosts(self) -> Path:
        return self._folder / "known_hosts"
