"""Other machines that are only played: their host keys, and what happens when something is run there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from stratus.errors import NodeUnreachable, NotFound
from stratus.model.node import HostKey, Login, Ran

Play = Callable[[Sequence[str], bytes, Callable[[str], None]], Ran]


@dataclass
class MemoryShell:
    """Implements `Shell`: `play` is what runs there."""

    play: Play

    def run(
        self, argv: Sequence[str], *, input: bytes = b"", say: Callable[[str], None], timeout_s: float = 60.0
    ) -> Ran:
        """As Shell.run."""
        return self.play(argv, input, say)

    def close(self) -> None:
        """As Shell.close: nothing is open."""


@dataclass
class MemoryMachines:
    """Implements `Machines`; whoever plays says by host what there is."""

    keys: dict[str, HostKey] = field(default_factory=dict)
    plays: dict[str, Play] = field(default_factory=dict)
    pins: dict[str, HostKey] = field(default_factory=dict)
    own_key: str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f front end"

    def public_key(self) -> str:
        """As Machines.public_key."""
        if not self.own_key:
            raise NotFound("this front end has no key yet", hint="stratus install")
        return self.own_key

    def shown(self, host: str, port: int) -> HostKey:
        """As Machines.shown."""
        if host not in self.keys:
            raise NodeUnreachable(f"{host}: it is switched off", hint="switch it on")
        return self.keys[host]

    def pinned(self, node: str) -> tuple[HostKey, ...]:
        """As Machines.pinned."""
        return (self.pins[node],) if node in self.pins else ()

    def pin(self, node: str, key: HostKey) -> None:
        """As Machines.pin."""
        self.pins[node] = key

    def unpin(self, node: str) -> None:
        """As Machines.unpin."""
        self.pins.pop(node, None)

    def log_in(self, login: Login, key: HostKey) -> MemoryShell:
        """As Machines.log_in."""
        if self.shown(login.host, login.port) != key:
            raise NodeUnreachable(f"{login.host}: the host key is another one")
        return MemoryShell(self.plays[login.host])
