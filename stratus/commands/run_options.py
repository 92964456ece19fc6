"""The options that say which instances are to run, for all commands that start some; handed over as one value."""

from collections.abc import Callable
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
from stratus.model.requests import RunRequest
from stratus.model.values import dataclass

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Wanted:
    """What the options of one command line say."""

    image: str | None
    machine_type: str
    list_types: bool
    cpu: int | None
    ram: int | None
    swap: int | None
    count: int
    name: str
    keys: tuple[str, ...]
    network: str
    address: str
    zone: str
    requirements: str
    apart: str
    together: str
    queue: bool
    context: str
    context_file: Path | None
    context_method: str | None
    cloud_init: str
    volatile_gib: int
    use_host_cpu: bool
    keymap: str
    vnc_port: int | None
    vnc_listen: str

    def show_types(self, session: Session) -> bool:
        """Print the machine types if that is all that is wanted."""
        if self.list_types:
            output.show(types_of(session))
        return self.list_types

    def request(self, session: Session, *, plan: bool = False) -> RunRequest:
        """The request; the files that are named are read. Raises UsageError, NotFound, BadInput."""
        if not self.image:
            raise UsageError("Please specify the machine image to start", hint="stratus image list")
        return RunRequest(
            context=context_of(
                session, self.keys, self.context, self.context_file, self.context_method, self.cloud_init
            ),
            image=session.bring(place_of(self.image)),
            machine_type=self.machine_type or session.chosen("default_instance_type"),
            cpu=self.cpu,
            ram_mib=self.ram,
            swap_mib=self.swap,
            count=self.count,
            name=self.name,
            network=self.network,
            address=self.address,
            volatile_gib=self.volatile_gib,
            use_host_cpu=self.use_host_cpu,
            keymap=self.keymap,
            vnc_port=-1 if self.vnc_port is None else self.vnc_port,
            vnc_listen=self.vnc_listen,
            zone=self.zone,
            requirements=self.requirements,
            apart=self.apart,
            together=self.together,
            queue=self.queue,
            plan=plan,
        )


_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.argument("image", required=False),
    click.option(
        "-t", "--type", "machine_type", default="", metavar="TYPE", help="The machine type; see --list-types."
    ),
    click.option("-l", "--list-types", is_flag=True, help="Print the machine types and leave."),
    click.option("--cpu", type=click.IntRange(1, 512), help="CPUs, instead of the type's."),
    click.option("--ram", type=click.IntRange(1), metavar="MIB", help="RAM, instead of the type's."),
    click.option("--swap", type=click.IntRange(0), metavar="MIB", help="Swap, instead of the type's."),
    click.option(
        "-n", "--number", "count", default=1, metavar="COUNT", help="How many instances; all of them or none."
    ),
    click.option("--name", default="", help="Its name; with -n, NAME-1, NAME-2 and so on."),
    click.option(
        "-k", "--key", "keys", multiple=True, metavar="FILE", help="A public key file; ~/.ssh/id_*.pub unless told."
    ),
    click.option(
        "--network", default="", help="public, local or private; public unless the site has none, then local."
    ),
    click.option("--address", default="", metavar="IP", help="This address and no other."),
    click.option("--zone", default="", metavar="PATH", help="Only on nodes there: a region, region/zone, and so on."),
    click.option(
        "--requirements", default="", metavar="EXPR", help="Only on nodes like this: 'CPUS >= 8 & GPU = yes'."
    ),
    click.option("--apart", default="", metavar="GROUP", help="No two of your instances in this group share a node."),
    click.option("--together", default="", metavar="GROUP", help="All your instances in this group share one node."),
    click.option("--queue", is_flag=True, help="What has no room now waits in line for it, instead of being refused."),
    click.option("--context", default="", metavar="K=V#K=V", help="What the instance is told; \\# is a # in a value."),
    click.option("--context-file", type=Path, metavar="FILE", help="The same, one K=V per line."),
    click.option("--context-method", type=click.Choice(["one", "cloud-init"]), help="How it is told; one unless told."),
    click.option(
        "--cloud-init", "cloud_init", default="", metavar="MIME,FILE#...", help="User data; implies cloud-init."
    ),
    click.option("--volatile-disk", "volatile_gib", default=0, metavar="GB", help="An extra disk that ends with it."),
    click.option("--use-host-cpu", is_flag=True, help="Give it the node's own CPU model, where KVM runs."),
    click.option("--keymap", default="en-us", help="The keyboard of its VNC screen."),
    click.option("--vnc-port", type=click.IntRange(5900, 65535), default=None, help="The port of its VNC screen."),
    click.option("--vnc-listen", default="127.0.0.1", metavar="IP", help="Where its VNC screen listens."),
)


def run_options(command: F) -> F:
    """Declare IMAGE and the options; the command gets `wanted`."""
    words = [each.name for each in fields(Wanted)]

    def with_wanted(*args: Any, **given: Any) -> Any:
        return command(*args, wanted=Wanted(**{word: given.pop(word) for word in words}), **given)

    wrapped = cast(F, update_wrapper(with_wanted, command))
    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped
