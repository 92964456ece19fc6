"""What sshd asks before it lets a key in (AuthorizedKeysCommand of sshd_config(5)): whose it is, and what it opens.

One line for a user's key, nothing for any other. What goes wrong is told on standard error, which is the log of
sshd; the key does not open anything then."""

import shlex

from stratus.actions.users.lookup import user_of_key
from stratus.drivers.ledger.protocol import Ledger
from stratus.errors import BadInput
from stratus.model.user import KINDS, checked_name, fingerprint_of


def line_for(ledger: Ledger, kind: str, blob: str, launcher: str) -> str:
    """The line of authorized_keys (sshd(8)) for a key that sshd was shown; "" if it is nobody's.

    `launcher` is the program of ours that the key opens, and nothing besides: no forwarding, no file of the
    account's. A terminal is for the console alone; the program refuses it otherwise."""
    if kind not in KINDS:
        return ""
    try:
        fingerprint = fingerprint_of(blob)
    except BadInput:
        return ""
    user = user_of_key(ledger, fingerprint)
    if user is None:
        return ""
    command = shlex.join((launcher, "serve", "--user", checked_name(user.name), "--key", fingerprint))
    # sshd gives the command to the account's shell: each word is quoted for that, and the whole for the file.
    return 'restrict,pty,command="{}" {} {}'.format(command.replace('"', '\\"'), kind, blob)
