"""The systems inside instances, as their owner gets into them."""

from stratus.model.values import dataclass


@dataclass(frozen=True)
class GuestLogin:
    """How the owner of an instance comes in over SSH."""

    address: str
    alias: str  # the life of the instance, under which its host key is remembered: addresses are used again
    known_hosts: str  # the user's file of host keys
    identities: tuple[str, ...] = ()  # private key files; () leaves the choice to ssh
    user: str = "root"
    port: int = 22
    options: tuple[str, ...] = ()  # what ssh must be told besides, to come there from this machine


@dataclass(frozen=True)
class KeyPair:
    """A pair of SSH keys."""

    public: str
    private: bytes
