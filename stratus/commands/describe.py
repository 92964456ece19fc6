"""stratus describe: what instances are."""

import click

from stratus import output
from stratus.commands.options import output_option
from stratus.commands.session import Session, pass_session
from stratus.model.requests import DescribeRequest
from stratus.model.views import InstanceView

COLUMNS = ("id", "name", "state", "vcpu", "ram", "cpu%", "address", "node", "image")


@click.command("describe")
@click.argument("targets", metavar="[INSTANCE]...", nargs=-1)
@click.option("--state", "states", multiple=True, help="Only those in this state; may be given more than once.")
@click.option("-a", "--all", "finished", is_flag=True, help="Also those that are done.")
@click.option("--no-header", is_flag=True, help="Leave the table's first line out.")
@click.option("-v", "--verbose", count=True, help="Everything that is known of each.")
@output_option
@pass_session
def command(
    session: Session,
    targets: tuple[str, ...],
    states: tuple[str, ...],
    finished: bool,
    no_header: bool,
    verbose: int,
    format: str,
) -> None:
    """Show your instances, or those that are named.

    \b
    Examples:
      stratus describe
      stratus describe -v web
      stratus describe --state running -o json
    """
    views = session.perform(DescribeRequest(targets, states, finished))
    if format == "table" and (verbose or session.verbose):
        for number, view in enumerate(views):
            if number:
                output.show()
            output.fields(_details(view))
        return
    output.rows([_row(view) for view in views], COLUMNS, format, header=not no_header)


def _row(view: InstanceView) -> dict[str, object]:
    instance = view.instance
    return {
        "id": instance.id,
        "name": instance.name,
        "state": instance.state.value,
        "vcpu": instance.cpu,
        "ram": instance.ram_mib,
        "cpu%": view.cpu_percent,
        "address": instance.lease.address,
        "node": instance.node,
        "image": instance.image_name,
        "owner": instance.owner,
        "type": instance.machine_type,
        "swap": instance.swap_mib,
        "mac": instance.lease.mac,
        "network": instance.lease.network,
        "uuid": instance.uuid,
        "created_s": instance.created_s,
        "changed_s": instance.changed_s,
        "memory_kib": view.memory_kib,
        "identifier": instance.image,
        "error": instance.error,
        "fix": instance.fix,
    }


def _details(view: InstanceView) -> list[tuple[str, str]]:
    pairs = [(name, str(text)) for name, text in _row(view).items()]
    pairs.append(("looked at", f"{view.age_s:.0f} s ago" if view.age_s else "not yet"))
    if view.blueprint is not None:
        spec = view.blueprint.domain
        pairs += [
            ("domain", spec.name),
            ("runs under", f"{spec.virt_type}, machine {spec.machine}, CPU {spec.cpu_model}"),
            ("context", view.blueprint.context.method),
            ("folder", view.blueprint.directory),
            *((f"disk {disk.target}", f"{disk.path} ({disk.format})") for disk in spec.disks),
            ("console log", spec.console_log),
        ]
    return [(name, text) for name, text in pairs if text]
