"""stratus run: start instances of an image."""

from pathlib import Path

import click

from stratus import output
from stratus.commands.accepted import ACCEPTED, show_accepted
from stratus.commands.image.place import place_of
from stratus.commands.looks import result_options
from stratus.commands.options import plan_option, wait_options, waiting_for
from stratus.commands.session import Session, pass_session
from stratus.commands.told import context_of, types_of
from stratus.errors import UsageError
from stratus.model.listing import Look
from stratus.model.requests import RunRequest


@click.command("run", cls=waiting_for("running"))
@click.argument("image", required=False)
@click.option("-t", "--type", "machine_type", default="", metavar="TYPE", help="The machine type; see --list-types.")
@click.option("-l", "--list-types", is_flag=True, help="Print the machine types and leave.")
@click.option("--cpu", type=click.IntRange(1, 512), help="CPUs, instead of the type's.")
@click.option("--ram", type=click.IntRange(1), metavar="MIB", help="RAM, instead of the type's.")
@click.option("--swap", type=click.IntRange(0), metavar="MIB", help="Swap, instead of the type's.")
@click.option("-n", "--number", "count", default=1, metavar="COUNT", help="How many instances; all of them or none.")
@click.option("--name", default="", help="Its name; with -n, NAME-1, NAME-2 and so on.")
@click.option(
    "-k", "--key", "keys", multiple=True, metavar="FILE", help="A public key file; ~/.ssh/id_*.pub unless told."
)
@click.option("--network", default="", help="public, local or private; public unless the site has none, then local.")
@click.option("--address", default="", metavar="IP", help="This address and no other.")
@click.option("--zone", default="", metavar="PATH", help="Only on nodes there: a region, region/zone, and so on.")
@click.option("--requirements", default="", metavar="EXPR", help="Only on nodes like this: 'CPUS >= 8 & GPU = yes'.")
@click.option("--apart", default="", metavar="GROUP", help="No two of your instances in this group share a node.")
@click.option("--together", default="", metavar="GROUP", help="All your instances in this group share one node.")
@click.option("--queue", is_flag=True, help="What has no room now waits in line for it, instead of being refused.")
@click.option("--context", default="", metavar="K=V#K=V", help="What the instance is told; \\# is a # in a value.")
@click.option("--context-file", type=Path, metavar="FILE", help="The same, one K=V per line.")
@click.option("--context-method", type=click.Choice(["one", "cloud-init"]), help="How it is told; one unless told.")
@click.option("--cloud-init", "cloud_init", default="", metavar="MIME,FILE#...", help="User data; implies cloud-init.")
@click.option("--volatile-disk", "volatile_gib", default=0, metavar="GB", help="An extra disk that ends with it.")
@click.option("--use-host-cpu", is_flag=True, help="Give it the node's own CPU model, where KVM runs.")
@click.option("--keymap", default="en-us", help="The keyboard of its VNC screen.")
@click.option("--vnc-port", type=click.IntRange(5900, 65535), default=None, help="The port of its VNC screen.")
@click.option("--vnc-listen", default="127.0.0.1", metavar="IP", help="Where its VNC screen listens.")
@wait_options("running", "ssh")
@plan_option
@result_options(ACCEPTED)
@pass_session
def command(
    session: Session,
    image: str | None,
    machine_type: str,
    list_types: bool,
    cpu: int | None,
    ram: int | None,
    swap: int | None,
    count: int,
    name: str,
    keys: tuple[str, ...],
    network: str,
    address: str,
    zone: str,
    requirements: str,
    apart: str,
    together: str,
    queue: bool,
    context: str,
    context_file: Path | None,
    context_method: str | None,
    cloud_init: str,
    volatile_gib: int,
    use_host_cpu: bool,
    keymap: str,
    vnc_port: int | None,
    vnc_listen: str,
    until: str | None,
    timeout_s: float,
    plan: bool,
    look: Look,
) -> None:
    """Start instances of IMAGE: a name, an identifier, a URL or a path.

    \b
    Examples:
      stratus run tiny --wait=ssh
      stratus run -t c1.medium -n 3 --name web debian
      stratus run -t m1.xlarge --queue debian
      stratus run -n 3 --apart web --zone eu/paris debian
      stratus run tiny --context 'ROLE=db#SIZE=3' --plan
    """
    if list_types:
        output.show(types_of(session))
        return
    if not image:
        raise UsageError("Please specify the machine image to start", hint="stratus image list")
    request = RunRequest(
        context=context_of(session, keys, context, context_file, context_method, cloud_init),
        image=session.bring(place_of(image)),
        machine_type=machine_type or session.chosen("default_instance_type"),
        cpu=cpu,
        ram_mib=ram,
        swap_mib=swap,
        count=count,
        name=name,
        network=network,
        address=address,
        volatile_gib=volatile_gib,
        use_host_cpu=use_host_cpu,
        keymap=keymap,
        vnc_port=-1 if vnc_port is None else vnc_port,
        vnc_listen=vnc_listen,
        zone=zone,
        requirements=requirements,
        apart=apart,
        together=together,
        queue=queue,
        plan=plan,
    )
    show_accepted(session, session.perform(request), look, until=until, timeout_s=timeout_s)
