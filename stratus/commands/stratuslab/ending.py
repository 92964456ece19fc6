"""What ends machines under StratusLab's names: ids from the command line or a file, each on its own."""

from collections.abc import Callable
from functools import partial
from typing import Any

import click

from stratus import output
from stratus.commands.session import Session, pass_session
from stratus.commands.stratuslab.command import SETTINGS, USER, StratusLabCommand
from stratus.commands.stratuslab.files import ids_in
from stratus.commands.stratuslab.options import CREDENTIALS
from stratus.errors import StratusError, UsageError
from stratus.model.requests import Request
from stratus.model.views import Accepted

Asking = Callable[[tuple[str, ...]], Request[Accepted]]


def ending(verb: str) -> Callable[[Callable[..., Any]], click.Command]:
    """Declare `stratus-VERB-instance` with what both of its kind take."""

    def declare(function: Callable[..., Any]) -> click.Command:
        ids = click.argument("vm_ids", metavar="[VM-ID]...", nargs=-1)
        file = click.option(
            "-i",
            "--input",
            "ids_file",
            metavar="FILE",
            help="Take the ids from there only, one a line.",
        )
        name = f"stratus-{verb}-instance"
        made = click.command(name, cls=StratusLabCommand, context_settings=SETTINGS, params=[*CREDENTIALS, *USER])
        command = made(ids(file(pass_session(function))))
        assert isinstance(command, click.Command)
        return command

    return declare


def end_each(session: Session, title: str, request: Asking, vm_ids: tuple[str, ...], ids_file: str | None) -> int:
    """The exit status: 0, or that of the first error. An id that cannot be ended keeps no other one alive."""
    if not vm_ids and not ids_file:
        raise UsageError("Missing vm-id or input file (-i/--input)", hint="stratus-describe-instance")
    ids = ids_in(ids_file) if ids_file else tuple(dict.fromkeys(vm_ids))
    if ids_file and vm_ids:
        output.note(f"warning: only the ids in {output.clean(ids_file)} are heeded, not those that were typed")
    say = output.show if session.verbose else partial(_nothing)
    status, ended = 0, []
    for vm_id in ids:
        say(f'Sending "{title}" request for instance {output.clean(vm_id)}.')
        try:
            session.perform(request((vm_id,)))
            ended.append(vm_id)
        except StratusError as problem:
            output.error(problem)
            status = status or problem.status
    say(f'"{title}" {len(ended)} VM{"s" if len(ended) != 1 else ""}: {", ".join(map(output.clean, ended))}')
    return status


def _nothing(_: str) -> None:
    """Say nothing."""
