"""stratus-run-instance: start machines, and say so in StratusLab's words."""

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import click

from stratus import output
from stratus.commands.image.place import place_of
from stratus.commands.session import Session, pass_session
from stratus.commands.stratuslab.command import SETTINGS, USER, StratusLabCommand
from stratus.commands.stratuslab.files import complete
from stratus.commands.stratuslab.options import CREDENTIALS, DISKS, MACHINE, MARKETPLACE, PDISK, SAVE
from stratus.commands.told import context_of, types_of
from stratus.errors import UsageError
from stratus.model.instance import Instance
from stratus.model.requests import RunRequest

_TITLE = "Starting machine(s)"


@click.command(
    "stratus-run-instance",
    cls=StratusLabCommand,
    context_settings=SETTINGS,
    params=[*MACHINE, *SAVE, *DISKS, *CREDENTIALS, *MARKETPLACE, *PDISK, *USER],
)
@click.argument("image", required=False)
@click.option("-n", "--number", "count", type=int, default=1, metavar="COUNT", help="How many; all of them or none.")
@click.option("--local-ip", is_flag=True, help="A local address instead of a public one.")
@click.option("--private-ip", is_flag=True, help="A private address instead of a public one.")
@click.option("--address", default="", metavar="IP", help="This address and no other.")
@click.option("-o", "--output", "ids_file", metavar="FILE", help="Write the ids of the machines there, one a line.")
@click.option(
    "--volatile-disk", "volatile_gib", type=int, default=0, metavar="GB", help="An extra disk that ends with it."
)
@click.option("--vm-name", "name", default="", metavar="NAME", help="Its name; with -n, NAME-1, NAME-2 and so on.")
@pass_session
def command(
    session: Session,
    image: str | None,
    count: int,
    local_ip: bool,
    private_ip: bool,
    address: str,
    ids_file: str | None,
    volatile_gib: int,
    name: str,
    key: str | None,
    machine_type: str,
    list_types: bool,
    list_type: bool,
    cpu: int | None,
    ram: int | None,
    swap: int | None,
    context_file: str,
    context: str,
    context_method: str | None,
    cloud_init: str,
    vnc_port: int | None,
    vnc_listen: str,
    keymap: str,
    use_host_cpu: bool,
    requirements: str,
) -> None:
    """Start machines of IMAGE, as `stratus run` does, with StratusLab's options and output.

    \b
    Examples:
      stratus-run-instance --key ~/.ssh/id_rsa.pub --type m1.small tiny
      stratus-run-instance -q -n 3 -o ids.txt tiny
      stratus-run-instance --list-types
    """
    if list_types or list_type:
        output.show(types_of(session))
        return
    if not image:
        raise UsageError("Please specify the machine image to start", hint="stratus image list")
    _check(session, machine_type, context_file)
    request = RunRequest(
        context=context_of(
            session,
            (key,) if key else (),
            context,
            Path(context_file) if context_file else None,
            context_method,
            cloud_init,
        ),
        image=session.bring(place_of(image)),
        machine_type=machine_type or session.chosen("default_instance_type"),
        cpu=cpu,
        ram_mib=ram,
        swap_mib=swap,
        count=count,
        name=name,
        network=_network(local_ip, private_ip),
        address=address,
        volatile_gib=volatile_gib,
        use_host_cpu=use_host_cpu,
        keymap=keymap,
        vnc_port=-1 if vnc_port is None else vnc_port,
        vnc_listen=vnc_listen,
        requirements=requirements,
    )
    with complete(Path(ids_file)) if ids_file else nullcontext() as ids:
        instances = _start(session, request)
        if ids is not None:
            ids.write("\n".join(str(instance.id) for instance in instances))


def _check(session: Session, machine_type: str, context_file: str) -> None:
    """What StratusLab took for an error of the command line, and what therefore keeps its text and status 2."""
    if machine_type and machine_type not in {kind.name for kind in session.site.types}:
        raise UsageError(f"Unknown instance type: {machine_type}", hint="stratus-run-instance --list-types")
    try:
        found = not context_file or Path(context_file).expanduser().exists()
    except OSError:
        found = False
    if not found:
        raise UsageError("Extra context file does not exist", hint=f"ls -l {context_file}")


def _network(local_ip: bool, private_ip: bool) -> str:
    if local_ip and private_ip:
        raise UsageError("--local-ip and --private-ip exclude each other", hint="leave one of them out")
    return "local" if local_ip else "private" if private_ip else ""


def _start(session: Session, request: RunRequest) -> Sequence[Instance]:
    if session.quiet:
        instances = session.perform(request).instances
        for instance in instances:
            output.show(f"{instance.id}, {instance.lease.address}")
        return instances
    colons = ":" * len(f":: {_TITLE} ::")
    output.show(f"\n {colons}\n :: {_TITLE} ::\n {colons}")
    output.show(f" :: Starting {request.count} machine{'s' if request.count != 1 else ''}")
    instances = session.perform(request).instances
    for number, instance in enumerate(instances, 1):
        output.show(f" :: Machine {number} (vm ID: {instance.id})")
        output.show(f"\t{instance.lease.network.title()} ip: {instance.lease.address}")
    output.show(" :: Done!")
    return instances
