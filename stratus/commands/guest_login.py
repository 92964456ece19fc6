"""How this user comes in to an instance: with which key, and where its host key is remembered."""

from collections.abc import Sequence
from pathlib import Path

from stratus.commands.session import Session
from stratus.commands.told import own_keys
from stratus.model.guest import GuestLogin
from stratus.model.instance import Instance


def login_of(session: Session, instance: Instance, *, keys: Sequence[str] = (), user: str = "root") -> GuestLogin:
    """The way in; `keys` are the files of private or public keys that were named."""
    folder = Path(session.environ.get("HOME", "~")).expanduser() / ".stratuslab"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return GuestLogin(
        instance.lease.address,
        # An address is used again by other instances: host keys are remembered by instance, and by each of its lives.
        alias=f"{instance.uuid}-{instance.generation}",
        known_hosts=str(folder / "known_hosts"),
        identities=tuple(map(str, _identities(session, keys))),
        user=user,
        options=session.way.ssh_options(instance),
    )


def _identities(session: Session, keys: Sequence[str]) -> list[Path]:
    """The private keys that were named, else those whose public halves went into what the user runs.

    ssh itself looks for keys in the home of the account, which need not be $HOME, and only under the usual names."""
    if keys:
        return [Path(key.removesuffix(".pub")).expanduser() for key in keys]
    pairs = [(public, Path(str(public).removesuffix(".pub"))) for public in own_keys(session)]
    return [private for public, private in pairs if private != public and private.is_file()]
