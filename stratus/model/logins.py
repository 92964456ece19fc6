"""Who may come in by password or by certificate, as StratusLab's login files say."""

from stratus.model.values import dataclass

ACCESS = "cloud-access"  # the group without which nobody comes in


@dataclass(frozen=True)
class PasswordLogin:
    """A user with a password."""

    user: str
    secret: str  # plain, or by a format that its beginning names
    groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class CertificateLogin:
    """A certificate's subject, and the user that it is: its group `user:NAME`."""

    dn: str
    groups: tuple[str, ...] = ()

    @property
    def user(self) -> str:
        """The user; without such a group, StratusLab's way: the DN itself."""
        named = [group.removeprefix("user:") for group in self.groups if group.startswith("user:")]
        return named[0] if named else self.dn
