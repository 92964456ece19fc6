"""stratus console: the serial console of an instance, on this terminal."""

import click

from stratus.commands.session import Session, pass_session


@click.command("console")
@click.argument("target", metavar="INSTANCE")
@pass_session
def command(session: Session, target: str) -> int:
    """Give this terminal to the serial console of an instance. Ctrl-] leaves.

    \b
    Example:
      stratus console web
    """
    return session.way.console(target, lambda: session.note("Ctrl-] leaves the console"))
