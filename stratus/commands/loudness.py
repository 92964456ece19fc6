"""-v and -q, which every command takes behind its name as well as before it."""

import click

from stratus.commands.session import Session

VERBOSE_HELP = "Say more: details; -vv also what is decided and done; -vvv what is sent and answered."
QUIET_HELP = "Say less: no steps, no progress; -qq no warnings either; -qqq not even errors: only their status."


def with_loudness(command: click.Command) -> click.Command:
    """The same command, which takes -v and -q."""
    taken = {parameter.name for parameter in command.params}
    command.params += [option for option in _OPTIONS if option.name not in taken]
    return command


def _add(ctx: click.Context, option: click.Parameter, count: int) -> None:
    """They add up with those before the command."""
    session = ctx.find_object(Session)
    if session is not None and option.name == "verbose":
        session.verbose += count
    elif session is not None:
        session.quiet += count


_OPTIONS = (
    click.Option(["-v", "--verbose"], count=True, expose_value=False, callback=_add, help=VERBOSE_HELP),
    click.Option(["-q", "--quiet"], count=True, expose_value=False, callback=_add, help=QUIET_HELP),
)
