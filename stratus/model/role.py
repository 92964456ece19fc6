"""What a user may do to what is not their own."""

import enum


class Role(enum.Enum):
    """A user's: each may what the ones before it may."""

    USER = "user"  # sees and controls their own things
    OPERATOR = "operator"  # sees everybody's things, and changes none of them
    ADMIN = "admin"  # sees and controls everything

    def covers(self, other: "Role") -> bool:
        """Whether who has this role may what `other` may."""
        return _RANKS[self] >= _RANKS[other]


_RANKS = {role: rank for rank, role in enumerate(Role)}
