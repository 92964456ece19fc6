"""stratus user password: the password with which a user comes in over HTTP."""

import sys

import click

from stratus.commands.options import output_option, plan_option
from stratus.commands.session import Session, pass_session
from stratus.commands.user.logging_in import SetLogin, change_login, login_file
from stratus.config.logins import passwords
from stratus.config.logins.hashes import FORMATS, hash_of
from stratus.errors import BadInput

_QUESTIONS = ("password", "once more")


@click.command("password")
@click.argument("user", metavar="USER")
@click.option("--format", "form", type=click.Choice(FORMATS), default="argon2", help="How to keep it.")
@click.option("--remove", is_flag=True, help="Take the user's password away.")
@plan_option
@output_option
@pass_session
def command(session: Session, user: str, form: str, remove: bool, plan: bool, format: str) -> None:
    """Ask for a user's password and keep it, hashed, in authn/login-pswd.properties beside the site's configuration.
    Without a terminal, it is the first line of standard input. Over SSH users come in by their keys; passwords serve
    what speaks HTTP.

    \b
    Examples:
      stratus user password alice
      stratus user password alice < password.txt
      stratus user password alice --remove
    """
    path = login_file(session, passwords.NAME)
    secret = "" if plan or remove else hash_of(_asked(), form, user=user)

    def change() -> bool:
        if remove:
            return passwords.remove_password(path, user)
        return passwords.set_password(path, user, secret)

    change_login(session, SetLogin(user, "password", remove), path, change, plan=format if plan else None)


def _asked() -> str:
    """The password that is typed twice and not shown, or the first line of standard input. Raises BadInput."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password, again = (
        str(click.prompt(text, hide_input=True, default="", show_default=False, err=True)) for text in _QUESTIONS
    )
    if password != again:
        raise BadInput("that was not the same twice; nothing was changed", hint="try it again")
    return password
