"""stratus-run-instance: start machines, and say so in StratusLab's words."""

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import click

from stratus import output
from stratus.commands.session import Session, pass_session
from stratus.commands.stratuslab.command import SETTINGS, USER, StratusLabCommand
from stratus.commands.stratuslab.files import complete
from stratus.commands.stratuslab.options import CREDENTIALS, DISKS, MACHINE, MARKETPLACE, PDISK, SAVE
from stratus.commands.stratuslab.running import (
    Machines,
    machine_options,
    show_action,
    show_machines,
    show_step,
    starting,
)
from stratus.model.instance import Instance
from stratus.model.requests import RunRequest


@click.command(
    "stratus-run-instance",
    cls=StratusLabCommand,
    context_settings=SETTINGS,
    params=[*MACHINE, *SAVE, *DISKS, *CREDENTIALS, *MARKETPLACE, *PDISK, *USER],
)
@machine_options
@pass_session
def command(session: Session, machines: Machines) -> None:
    """Start machines of IMAGE, as `stratus run` does, with StratusLab's options and output.

    \b
    Examples:
      stratus-run-instance --key ~/.ssh/id_rsa.pub --type m1.small tiny
      stratus-run-instance -q -n 3 -o ids.txt tiny
      stratus-run-instance --list-types
    """
    if machines.show_types(session):
        return
    request = machines.request(session)
    with complete(Path(machines.ids_file)) if machines.ids_file else nullcontext() as ids:
        instances = _start(session, request)
        if ids is not None:
            ids.write("\n".join(str(instance.id) for instance in instances))


def _start(session: Session, request: RunRequest) -> Sequence[Instance]:
    if session.quiet:
        instances = session.perform(request).instances
        for instance in instances:
            output.show(f"{instance.id}, {instance.lease.address}")
        return instances
    show_action("Starting machine(s)")
    show_step(starting(request.count))
    instances = session.perform(request).instances
    show_machines(instances)
    return instances
