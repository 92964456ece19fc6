"""stratus-hash-password: a password as StratusLab's password files have it."""

import hashlib
import re

import click

from stratus import output
from stratus.commands.session import Session, pass_session
from stratus.commands.stratuslab.command import SETTINGS, USER, Noted, StratusLabCommand, pass_outside
from stratus.commands.stratuslab.options import CREDENTIALS, MACHINE, MARKETPLACE
from stratus.commands.stratuslab.outside import Outside
from stratus.errors import BadInput

# StratusLab declared every option of a machine here, and heeded none.
_HEEDED = 8  # bytes of a password, by DES crypt
_UNHEEDED = [
    Noted.deaf(option, "has no effect: no machine is started") for option in (*MACHINE, *CREDENTIALS, *MARKETPLACE)
]


@click.command("stratus-hash-password", cls=StratusLabCommand, context_settings=SETTINGS, params=[*USER, *_UNHEEDED])
@pass_outside
@pass_session
def command(session: Session, outside: Outside) -> None:
    """Ask for a user and a password, and print the password's MD5 and its DES crypt, salted with the user's name.

    Both are for the login-pswd.properties of StratusLab's services and for nothing else: they are easily broken.

    \b
    Example:
      stratus-hash-password
    """
    user = outside.ask("username:", False)
    password = outside.ask("password:", True)
    if outside.ask("retype password:", True) != password:
        raise BadInput("Passwords did not match", hint="stratus-hash-password")
    if "\0" in password:
        raise BadInput("a password cannot have a NUL in it")
    secret = password.encode("utf-8", "surrogateescape")
    output.show(f"MD5:{hashlib.md5(secret, usedforsecurity=False).hexdigest()}")
    output.show(f"CRYPT:{des_crypt(secret[:_HEEDED], salt_of(user))}")
    if len(secret) > _HEEDED and not session.quiet:
        output.note("stratus-hash-password: warning: CRYPT heeds the first eight bytes of a password only")


def salt_of(user: str) -> str:
    """The two characters that salt the user's password: the first of the name that a salt may have, then dots."""
    return re.sub(r"[^./A-Za-z0-9]", "", f"{user}..")[:2]


def des_crypt(secret: bytes, salt: str) -> str:
    """crypt(3) as it was in the beginning: the salt, and eleven characters more."""
    # Python 3.13 has no crypt module any more.
    from passlib.hash import des_crypt as algorithm

    return str(algorithm.using(salt=salt).hash(secret))
