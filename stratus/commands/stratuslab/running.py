"""What StratusLab's commands that start machines have in common: their options, as one value, and what they print."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import update_wrapper
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from stratus import output
from stratus.commands.image.place import place_of
from stratus.commands.session import Session
from stratus.commands.told import context_of, types_of
from stratus.errors import UsageError
from stratus.model.instance import Instance
from stratus.model.requests import RunRequest
from stratus.model.values import dataclass

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Machines:
    """What the options of one command line say of the machines."""

    image: str | None
    count: int
    local_ip: bool
    private_ip: bool
    address: str
    ids_file: str | None
    volatile_gib: int
    name: str
    key: str | None
    machine_type: str
    list_types: bool
    list_type: bool
    cpu: int | None
    ram: int | None
    swap: int | None
    context_file: str
    context: str
    context_method: str | None
    cloud_init: str
    vnc_port: int | None
    vnc_listen: str
    keymap: str
    use_host_cpu: bool
    requirements: str

    def show_types(self, session: Session) -> bool:
        """Print the machine types if that is all that is wanted."""
        wanted = self.list_types or self.list_type
        if wanted:
            output.show(types_of(session))
        return wanted

    def request(self, session: Session) -> RunRequest:
        """The request; the files that are named are read. Raises UsageError, NotFound, BadInput."""
        if not self.image:
            raise UsageError("Please specify the machine image to start", hint="stratus image list")
        _check(session, self.machine_type, self.context_file)
        return RunRequest(
            context=context_of(
                session,
                (self.key,) if self.key else (),
                self.context,
                Path(self.context_file) if self.context_file else None,
                self.context_method,
                self.cloud_init,
            ),
            image=session.bring(place_of(self.image)),
            machine_type=self.machine_type or session.chosen("default_instance_type"),
            cpu=self.cpu,
            ram_mib=self.ram,
            swap_mib=self.swap,
            count=self.count,
            name=self.name,
            network=_network(self.local_ip, self.private_ip),
            address=self.address,
            volatile_gib=self.volatile_gib,
            use_host_cpu=self.use_host_cpu,
            keymap=self.keymap,
            vnc_port=-1 if self.vnc_port is None else self.vnc_port,
            vnc_listen=self.vnc_listen,
            requirements=self.requirements,
        )


_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.argument("image", required=False),
    click.option(
        "-n", "--number", "count", type=int, default=1, metavar="COUNT", help="How many; all of them or none."
    ),
    click.option("--local-ip", is_flag=True, help="A local address instead of a public one."),
    click.option("--private-ip", is_flag=True, help="A private address instead of a public one."),
    click.option("--address", default="", metavar="IP", help="This address and no other."),
    click.option("-o", "--output", "ids_file", metavar="FILE", help="Write the ids of the machines there, one a line."),
    click.option(
        "--volatile-disk", "volatile_gib", type=int, default=0, metavar="GB", help="An extra disk that ends with it."
    ),
    click.option("--vm-name", "name", default="", metavar="NAME", help="Its name; with -n, NAME-1, NAME-2 and so on."),
)


def machine_options(command: F) -> F:
    """Declare IMAGE and the options that are not declared by the command class; the command gets `machines`."""
    words = [each.name for each in fields(Machines)]

    def with_machines(*args: Any, **given: Any) -> Any:
        return command(*args, machines=Machines(**{word: given.pop(word) for word in words}), **given)

    wrapped = cast(F, update_wrapper(with_machines, command))
    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped


def show_action(title: str) -> None:
    """A title, as StratusLab frames it."""
    colons = ":" * len(f":: {title} ::")
    output.show(f"\n {colons}\n :: {title} ::\n {colons}")


def show_step(text: str) -> None:
    """One thing that is done."""
    output.show(f" :: {text}")


def show_machines(instances: Sequence[Instance]) -> None:
    """Each machine with its number and address."""
    for number, instance in enumerate(instances, 1):
        show_step(f"Machine {number} (vm ID: {instance.id})")
        output.show(f"\t{instance.lease.network.title()} ip: {instance.lease.address}")
    show_step("Done!")


def starting(count: int) -> str:
    """What is said before machines are started."""
    return f"Starting {count} machine{'s' if count != 1 else ''}"


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
