"""Other machines over SSH: their host keys as they show them and as they are pinned, and sessions on them."""

from pathlib import Path

from stratus.drivers.link import hostkeys
from stratus.drivers.link.shell import SshShell, only
from stratus.errors import NotFound
from stratus.model.node import HostKey, Login


class SshMachines:
    """Implements `Machines`."""

    def __init__(self, *, private_key: str, known_hosts: str) -> None:
        self._private_key, self._known_hosts = private_key, known_hosts

    def public_key(self) -> str:
        """As Machines.public_key."""
        try:
            return Path(f"{self._private_key}.pub").read_text("utf-8").strip()
        except FileNotFoundError as error:
            raise NotFound(
                f"this front end has no key yet: {self._private_key}.pub is not there", hint="stratus install"
            ) from error

    def shown(self, host: str, port: int) -> HostKey:
        """As Machines.shown."""
        from stratus.drivers.link.dial import fetch_host_key  # paramiko, which only this needs

        return fetch_host_key(host, port)

    def pinned(self, node: str) -> tuple[HostKey, ...]:
        """As Machines.pinned."""
        return hostkeys.pinned(self._known_hosts, node)

    def pin(self, node: str, key: HostKey) -> None:
        """As Machines.pin."""
        hostkeys.pin(self._known_hosts, node, key, replace=True)

    def unpin(self, node: str) -> None:
        """As Machines.unpin."""
        hostkeys.unpin(self._known_hosts, node)

    def log_in(self, login: Login, key: HostKey) -> SshShell:
        """As Machines.log_in."""
        return SshShell(login, only(key))
