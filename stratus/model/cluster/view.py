"""What became of a cluster, or would."""

from stratus.model.cluster.members import Member
from stratus.model.instance import Instance
from stratus.model.plan import Plan
from stratus.model.values import dataclass


@dataclass(frozen=True)
class Lost:
    """A member that the cluster does without, and why."""

    member: Member
    why: str
    killed: bool


@dataclass(frozen=True)
class ClusterView:
    """The members, the master first, and those that were lost; or (plan) the plans."""

    members: tuple[Member, ...] = ()
    lost: tuple[Lost, ...] = ()
    seconds: float = 0.0
    plans: tuple[Plan, ...] = ()


def member_of(instance: Instance) -> Member:
    """An instance as a member that has no place yet."""
    return Member(instance.id, instance.name, instance.lease.address, instance.cpu, instance.node)
