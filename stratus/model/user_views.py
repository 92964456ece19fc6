"""What is shown of users, groups, and what they hold."""

from stratus.model.plan import Plan
from stratus.model.quota import Quota, Usage
from stratus.model.user import Group, User
from stratus.model.values import dataclass


@dataclass(frozen=True)
class UserView:
    """A user, what they hold, and what they may: their own quota, with the site's default where it says nothing."""

    user: User
    held: Usage
    quota: Quota


@dataclass(frozen=True)
class ChangedUser:
    """A user as they are now, or (plan) the plan of their change."""

    user: User
    plans: tuple[Plan, ...] = ()


@dataclass(frozen=True)
class GroupView:
    """A group of users, those of its members whom the asker may see, and what all hold together."""

    group: Group
    members: tuple[str, ...]
    held: Usage

    @property
    def quota(self) -> Quota:
        """What they may hold together."""
        return self.group.quota


@dataclass(frozen=True)
class ChangedGroup:
    """A group of users as it is now, or (plan) the plan of its change."""

    group: Group
    plans: tuple[Plan, ...] = ()


@dataclass(frozen=True)
class UsageView:
    """What an owner, or a group together, holds of what they may."""

    name: str
    kind: str  # user | group
    held: Usage
    quota: Quota
