"""stratus log: the history of one instance, or its console's text."""

import sys
from typing import TYPE_CHECKING

import click

from stratus import output
from stratus.commands.history import moment, show_steps
from stratus.commands.options import output_option
from stratus.commands.session import Session, pass_session
from stratus.commands.trail import show_trail
from stratus.errors import UsageError
from stratus.model.moments import iso
from stratus.model.requests import LogRequest, TrailRequest

if TYPE_CHECKING:
    from stratus.model.history import Entry, LogView


@click.command("log")
@click.argument("target", metavar="INSTANCE|@REQUEST")
@click.option("--console", is_flag=True, help="What its serial console printed.")
@click.option("--bytes", "last_bytes", default=65536, help="How much of the console's end; 65536 unless told.")
@output_option
@pass_session
def command(session: Session, target: str, console: bool, last_bytes: int, format: str) -> None:
    """Show what happened to an instance: each state with its time, its cause, and what each step took; with -v
    also the command lines behind each step, and the id of each request. Of a request, show who asked it from where,
    and what it led to, machine by machine.

    \b
    Examples:
      stratus log web
      stratus log 12 --console | tail
      stratus log @c4j7kq2nxm5vw3ta
    """
    if target.startswith("@"):
        if console:
            raise UsageError("a request has no console", hint=f"stratus log {target}")
        show_trail(session.perform(TrailRequest(target)), format, session.verbose)
        return
    view = session.perform(LogRequest(target, console, last_bytes))
    if console and format == "table":
        output.write(_printable(view.console))
        return
    if format == "csv" and not console:
        output.rows([_row(entry) for entry in view.entries], ("at", "state", "cause"), format)
        return
    data = view.console if console else view.entries
    output.value(data, format, lambda: _show_all(view, session.verbose))


def _row(entry: "Entry") -> dict[str, object]:
    return {"at": iso(entry.at_s), "state": entry.state.value, "cause": entry.cause}


def _show_all(view: "LogView", verbose: int) -> None:
    for entry in view.entries:
        _show(entry, verbose)


def _show(entry: "Entry", verbose: int) -> None:
    request = f"  {entry.request}" if verbose and entry.request else ""
    output.show(f"{moment(entry.at_s)}  {entry.state.value:9} {output.clean(entry.cause)}{request}")
    show_steps(entry.steps, verbose)


def _printable(text: str) -> str:
    """The console's text; what a terminal would obey is made visible when a person looks at it."""
    if not sys.stdout.isatty():
        return text
    return "".join(output.clean(line) + "\n" for line in text.replace("\r", "").splitlines())
