"""The door for sshd's forced command: which agent sub-commands the front end's key may ask for, and nothing else."""

import base64
import binascii
import re
import shlex
from collections.abc import Sequence

from stratus.drivers.link.lines import SERVE_COMMAND
from stratus.errors import BadInput, Denied

_INSTANCE_ID = re.compile(r"[0-9]{1,18}")
_KEY_TYPE = re.compile(r"(ssh|ecdsa|sk-ssh|sk-ecdsa)-[A-Za-z0-9@.-]+")


def allowed(original_command: str | None) -> tuple[str, ...]:
    """The sub-command that SSH_ORIGINAL_COMMAND asks for; Denied for anything but serve, `console ID`, version.

    Its words only choose among these; they never reach a shell.
    """
    try:
        words = tuple(shlex.split(original_command or ""))
    except ValueError:
        words = ("an unfinished quotation",)
    match words:
        case () | ("serve", "--stdio"):
            return SERVE_COMMAND
        case ("version",):
            return ("version",)
        case ("console", instance) if _INSTANCE_ID.fullmatch(instance):
            return ("console", instance)
    raise Denied(
        f"this key opens the agent only: {(original_command or '')[:80]!r} is not among what it does",
        hint="it answers to: serve --stdio, console ID, version; for a shell use a key of your own",
    )


def authorized_keys_line(public_key: str, agent: Sequence[str]) -> str:
    """The line for authorized_keys (sshd(8)), without newline, with which `public_key` may start `agent` alone.

    sshd gives the command to the account's shell, so each word is quoted for the shell, and then the whole for the
    file, where only the double quote is escaped. BadInput for anything that would not stay one line, or is no key.
    """
    if not agent:
        raise BadInput("the agent's command line is empty")
    command = shlex.join(agent)
    for what, text in (("public key", public_key.strip()), ("agent's command line", command)):
        if any(ord(character) < 0x20 or ord(character) == 0x7F for character in text):
            raise BadInput(f"the {what} has a newline or another control character in it")
    quoted = command.replace('"', '\\"')
    return f'restrict,pty,command="{quoted}" {_checked_key(public_key.strip())}'


def _checked_key(public_key: str) -> str:
    kind, _, rest = public_key.partition(" ")
    encoded = rest.split(" ", 1)[0]
    try:
        blob = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        blob = b""
    # The blob begins with the length and the name of its type (RFC 4253, 6.6); a line that starts with options fails.
    name = kind.encode("ascii", "replace")
    if not _KEY_TYPE.fullmatch(kind) or not blob.startswith(len(name).to_bytes(4, "big") + name):
        raise BadInput("this is not an OpenSSH public key", hint="give the content of a .pub file of ssh-keygen")
    return public_key
