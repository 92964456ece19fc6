"""Guests without instances: they say what they are told to be like, and remember what was done to them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from stratus.errors import NodeUnreachable
from stratus.model.cluster import facts
from stratus.model.guest import GuestLogin, KeyPair
from stratus.model.node import Ran

LIKE_THE_APPLIANCE = """has exportfs
has rpc.nfsd
has mount.nfs
has useradd
has ssh
has sshd
service /etc/init.d/nfs-kernel-server
account root:0:/root
key ssh-ed25519 AAAA
end
"""


@dataclass
class MemoryGuests:
    """The guests door over a table of systems."""

    like: dict[str, str] = field(default_factory=dict)  # by address: what the facts' script prints there
    shut: set[str] = field(default_factory=set)  # addresses that let nobody in
    failing: dict[str, str] = field(default_factory=dict)  # by address: a piece of the command line that fails there
    done: list[tuple[str, tuple[str, ...], bytes]] = field(default_factory=list)  # address, command line, input
    logins: list[GuestLogin] = field(default_factory=list)

    def log_in(self, login: GuestLogin) -> "MemoryShell":
        """As Guests.log_in."""
        if login.address in self.shut:
            raise NodeUnreachable(f"{login.user}@{login.address} is not let in: Permission denied (publickey).")
        self.logins.append(login)
        return MemoryShell(self, login.address)

    def new_key(self, comment: str) -> KeyPair:
        """As Guests.new_key; always the same."""
        return KeyPair(f"ssh-ed25519 THE-KEY {comment}", b"THE PRIVATE KEY\n")


@dataclass(frozen=True)
class MemoryShell:
    """Implements `Shell`."""

    guests: MemoryGuests
    address: str

    def run(
        self, argv: Sequence[str], *, input: bytes = b"", say: Callable[[str], None], timeout_s: float = 60.0
    ) -> Ran:
        """As Shell.run."""
        if facts.SCRIPT in argv:
            return Ran(0, self.guests.like.get(self.address, LIKE_THE_APPLIANCE))
        failing = self.guests.failing.get(self.address)
        if failing and any(failing in word for word in argv):
            say(f"{failing}: it does not work here")
            return Ran(1)
        self.guests.done.append((self.address, tuple(argv), input))
        return Ran(0)

    def close(self) -> None:
        """As Shell.close."""
