"""stratus connect: SSH into an instance by its name or id."""

import os

import click

from stratus.commands.guest_login import login_of
from stratus.commands.session import Session, pass_session
from stratus.errors import Conflict
from stratus.model.requests import DescribeRequest
from stratus.model.sandbox import no_guest
from stratus.model.states import State


@click.command("connect", context_settings={"ignore_unknown_options": True})
@click.argument("target", metavar="INSTANCE")
@click.argument("remote", metavar="[-- COMMAND...]", nargs=-1, type=click.UNPROCESSED)
@click.option(
    "-k", "--key", metavar="FILE", help="The private key; unless told, yours that opens what you run, and ssh's own."
)
@click.option("-u", "--user", default="root", help="The user to log in as; root unless told.")
@pass_session
def command(session: Session, target: str, remote: tuple[str, ...], key: str | None, user: str) -> None:
    """Log in to an instance over SSH, or run one command in it. The exit status is ssh's.

    \b
    Examples:
      stratus connect web
      stratus connect 12 -- uname -a
    """
    if target.startswith("-"):  # what is unknown is left to COMMAND, where it is no mistake
        raise click.NoSuchOption(target)
    argv = ssh_argv(session, target, remote, key=key, user=user)
    session.close()
    os.execvp(argv[0], argv)


def ssh_argv(
    session: Session, target: str, remote: tuple[str, ...] = (), *, key: str | None = None, user: str = "root"
) -> list[str]:
    """The command line that logs in to an instance. Raises NotFound, Conflict (it does not run)."""
    (view,) = session.perform(DescribeRequest((target,)))
    instance = view.instance
    if instance.state is not State.RUNNING:
        raise Conflict(f"instance {instance.id} is {instance.state}, not running", hint=f"stratus why {instance.id}")
    if not session.site.guests:
        raise no_guest()
    login = login_of(session, instance, keys=(key,) if key else (), user=user)
    return [
        "ssh",
        *("-o", f"HostKeyAlias={login.alias}", "-o", f"UserKnownHostsFile={_quoted(login.known_hosts)}"),
        *("-o", "StrictHostKeyChecking=accept-new", "-o", "ConnectTimeout=10", "-o", "LogLevel=ERROR"),
        *("-o", "ServerAliveInterval=15", "-o", "ServerAliveCountMax=4"),
        *(word for path in login.identities for word in ("-o", f"IdentityFile={_quoted(path)}")),
        *login.options,
        *("-l", login.user, login.address),
        *(("--", *remote) if remote else ()),
    ]


def _quoted(path: str) -> str:
    """The path for ssh, which takes a list of files apart at blanks and replaces what follows a percent sign."""
    return f'"{path}"'.replace("%", "%%")
