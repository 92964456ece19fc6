"""Corrections: what may be put right in the ledger. Each says which document it was judged by, at which revision."""

from stratus.model.image import ImageEntry
from stratus.model.instance import Blueprint, Instance
from stratus.model.node import Used
from stratus.model.quota import Usage, said_all
from stratus.model.values import dataclass


@dataclass(frozen=True)
class Forget:
    """A document that is about nothing goes."""

    about: str  # the kind of the document
    key: str
    revision: int

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"ledger: forget {self.about} {self.key}"


@dataclass(frozen=True)
class Hold:
    """An address or a name becomes that of the instance to which it was promised."""

    about: str  # address | name
    key: str
    instance: Instance

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"ledger: {self.about} {self.key} is held by instance {self.instance.id}"


@dataclass(frozen=True)
class Count:
    """What is promised on a node is counted anew."""

    node: str
    used: Used
    revision: int

    @property
    def title(self) -> str:
        """What a person reads."""
        used = self.used
        return (
            f"ledger: {self.node} has promised {used.vcpu} CPU, {used.ram_mib} MiB, {used.disk_mib} MiB of disk "
            f"to {used.instances} instances"
        )


@dataclass(frozen=True)
class CountUsage:
    """What an owner, or a group, holds is counted anew."""

    key: str  # user/NAME or group/NAME
    usage: Usage
    revision: int

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"ledger: {self.key.replace('/', ' ')} holds {said_all(self.usage)}"


@dataclass(frozen=True)
class GiveKey:
    """A key opens the way for the user who has it."""

    fingerprint: str
    user: str

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"ledger: the key {self.fingerprint} is {self.user}'s"


@dataclass(frozen=True)
class Resend:
    """An order that was lost on its way waits to be sent again."""

    order: str
    revision: int

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"ledger: order {self.order} waits to be sent again"


@dataclass(frozen=True)
class Settle:
    """An instance waits no more for an order that nobody has; what its node says of it counts."""

    instance: int
    revision: int

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"ledger: instance {self.instance} waits for no order any more"


@dataclass(frozen=True)
class Enter:
    """An instance that the ledger has lost, rebuilt from the record beside its disks."""

    instance: Instance
    blueprint: Blueprint

    @property
    def title(self) -> str:
        """What a person reads."""
        one = self.instance
        return f"ledger: instance {one.id} ({one.name}) of {one.owner}, {one.state} on {one.node}, {one.lease.address}"


@dataclass(frozen=True)
class EnterImage:
    """An image that a store has and the ledger does not know."""

    entry: ImageEntry

    @property
    def title(self) -> str:
        """What a person reads."""
        entry = self.entry
        return f"ledger: image {entry.facts.identifier}, called {entry.name}, for administrators until it is imported"


Correction = Forget | Hold | Count | CountUsage | GiveKey | Resend | Settle | Enter | EnterImage
