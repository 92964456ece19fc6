"""stratus-hash-password: a password as StratusLab's password files have it."""

import click

from stratus import output
from stratus.commands.session import Session, pass_session
from stratus.commands.stratuslab.command import SETTINGS, USER, Noted, StratusLabCommand, pass_outside
from stratus.commands.stratuslab.options import CREDENTIALS, MACHINE, MARKETPLACE
from stratus.commands.stratuslab.outside import Outside
from stratus.config.logins.hashes import FORMATS, HEEDED, hash_of
from stratus.errors import BadInput

# StratusLab declared every option of a machine here, and heeded none.
_UNHEEDED = [
    Noted.deaf(option, "has no effect: no machine is started") for option in (*MACHINE, *CREDENTIALS, *MARKETPLACE)
]


_FORMAT = click.Option(
    ["--format", "form"], type=click.Choice(FORMATS), help="This one format; MD5 and DES crypt unless told."
)


@click.command(
    "stratus-hash-password", cls=StratusLabCommand, context_settings=SETTINGS, params=[_FORMAT, *USER, *_UNHEEDED]
)
@pass_outside
@pass_session
def command(session: Session, outside: Outside, form: str | None) -> None:
    """Ask for a user and a password, and print the password's MD5 and its DES crypt, salted with the user's name.

    Both are for the login-pswd.properties of StratusLab's services and for nothing else: they are easily broken. For
    this cloud there is argon2; obf can be read by anybody, and plain is the password itself.

    \b
    Examples:
      stratus-hash-password
      stratus-hash-password --format argon2
    """
    user = outside.ask("username:", False)
    password = outside.ask("password:", True)
    if outside.ask("retype password:", True) != password:
        raise BadInput("Passwords did not match", hint="stratus-hash-password")
    forms = (form,) if form else ("md5", "crypt")
    for each in forms:
        output.show(hash_of(password, each, user=user))
    if "crypt" in forms and len(password.encode("utf-8", "surrogateescape")) > HEEDED and not session.quiet:
        output.note("stratus-hash-password: warning: CRYPT heeds the first eight bytes of a password only")
