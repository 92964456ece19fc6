"""Guests over real SSH: the OpenSSH client, with the user's own configuration, keys and agent."""

import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from stratus.drivers.link.shell import SshShell
from stratus.errors import CommandFailed, NodeUnreachable
from stratus.model.guest import GuestLogin, KeyPair
from stratus.model.node import Login

_KEYGEN_S = 30.0
_PAUSE_S = 2.0


class SshGuests:
    """Implements `Guests`."""

    def __init__(self, *, patience_s: float = 30.0) -> None:
        self._patience_s = patience_s

    def log_in(self, login: GuestLogin) -> SshShell:
        """As Guests.log_in."""

        def trust(_: Path) -> Sequence[str]:
            words = [
                *("-o", f"HostKeyAlias={login.alias}", "-o", f"UserKnownHostsFile={_quoted(login.known_hosts)}"),
                *("-o", "StrictHostKeyChecking=accept-new"),
            ]
            keys = (word for path in login.identities for word in ("-o", f"IdentityFile={_quoted(path)}"))
            return [*words, *keys, *login.options]

        to = Login(login.address, login.port, login.user)
        until_s = time.monotonic() + self._patience_s
        while True:
            try:
                return SshShell(to, trust)
            except NodeUnreachable:
                if time.monotonic() > until_s:
                    raise
                time.sleep(_PAUSE_S)

    def new_key(self, comment: str) -> KeyPair:
        """As Guests.new_key; made by ssh-keygen. Raises CommandFailed."""
        with tempfile.TemporaryDirectory(prefix="stratus-") as folder:
            path = Path(folder, "key")
            argv = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(path)]
            try:
                subprocess.run(argv, check=True, capture_output=True, timeout=_KEYGEN_S, stdin=subprocess.DEVNULL)
            except (OSError, subprocess.SubprocessError) as error:
                raise CommandFailed(f"no key was made: {error}", hint="apt-get install openssh-client") from error
            return KeyPair(path.with_suffix(".pub").read_text("utf-8").strip(), path.read_bytes())


def _quoted(path: str) -> str:
    """The path for ssh, which takes a list of files apart at blanks and replaces what follows a percent sign."""
    return f'"{path}"'.replace("%", "%%")
