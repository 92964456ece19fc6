"""stratus describe: what instances are."""

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from stratus import output
from stratus.commands.accepted import name_of
from stratus.commands.looks import listing_options
from stratus.commands.session import Session, pass_session
from stratus.errors import UsageError
from stratus.model.listing import Listing, Look
from stratus.model.moments import iso, span
from stratus.model.requests import DescribeRequest

if TYPE_CHECKING:
    from stratus.model.instance import InstanceView

INSTANCES: "Listing[InstanceView]" = Listing(
    {
        "id": lambda view: view.instance.id,
        "name": lambda view: view.instance.name,
        "state": lambda view: view.instance.state.value,
        "vcpu": lambda view: view.instance.cpu,
        "ram": lambda view: view.instance.ram_mib,
        "cpu%": lambda view: view.cpu_percent,
        "address": lambda view: view.instance.lease.address,
        "node": lambda view: view.instance.node,
        "image": lambda view: view.instance.image_name,
        "age": lambda view: span(view.now_s - view.instance.created_s),
        "owner": lambda view: view.instance.owner,
        "type": lambda view: view.instance.machine_type,
        "swap": lambda view: view.instance.swap_mib,
        "network": lambda view: view.instance.lease.network,
        "mac": lambda view: view.instance.lease.mac,
        "created": lambda view: iso(view.instance.created_s),
        "changed": lambda view: iso(view.instance.changed_s),
        "memory_kib": lambda view: view.memory_kib,
        "uuid": lambda view: view.instance.uuid,
        "identifier": lambda view: view.instance.image,
        "age_s": lambda view: round(view.now_s - view.instance.created_s, 1),
        "look_age_s": lambda view: round(view.age_s, 1),
        "stale": lambda view: view.stale,
        "created_s": lambda view: view.instance.created_s,
        "changed_s": lambda view: view.instance.changed_s,
        "error": lambda view: view.instance.error,
        "fix": lambda view: view.instance.fix,
        "cloud": lambda view: view.cloud,
    },
    usual=("id", "name", "state", "vcpu", "ram", "cpu%", "address", "node", "image"),
    name=lambda view: name_of(view.instance, view.called),
    kept=("id", "address", "state", "name"),
    sorted_as={"age": "age_s"},
    columns_key="describe_columns",
)


@click.command("describe")
@click.argument("targets", metavar="[INSTANCE]...", nargs=-1)
@click.option("--state", "states", multiple=True, help="Only those in this state; may be given more than once.")
@click.option("-a", "--all", "finished", is_flag=True, help="Also those that are done.")
@click.option("-m", "--clouds", "everywhere", is_flag=True, help="Those in all your clouds, which `clouds` lists.")
@listing_options(INSTANCES)
@pass_session
def command(
    session: Session, targets: tuple[str, ...], states: tuple[str, ...], finished: bool, everywhere: bool, look: Look
) -> int:
    """Show your instances, or those that are named; with -v everything that is known of each.

    \b
    Examples:
      stratus describe
      stratus describe -v web
      stratus describe --state running -o json
      stratus describe --filter image~debian --sort -ram -o wide
      stratus describe -m
      stratus kill $(stratus describe --state failed -o name)
    """
    request = DescribeRequest(targets, states, finished)
    if everywhere and targets:
        raise UsageError("a name means another instance in each cloud", hint="stratus -S CLOUD describe INSTANCE")
    answers, status = _asked_everywhere(session, request) if everywhere else ([("", session.perform(request))], 0)
    views = [replace(view, cloud=cloud) if cloud else view for cloud, found in answers for view in found]
    listing = replace(INSTANCES, usual=("cloud", *INSTANCES.usual)) if everywhere else INSTANCES
    if everywhere and look.usual:
        look = replace(look, usual=("cloud", *(name for name in look.usual if name != "cloud")))
    for why, age_s in {view.stale: view.age_s for view in views if view.stale}.items():
        session.warn(f"{output.clean(why)}; what is shown of it was seen {span(age_s)} ago")
    if session.verbose:
        output.details(listing, views, look, _made_of)
    else:
        output.listing(listing, views, look)
    return status


def _asked_everywhere(
    session: Session, request: DescribeRequest
) -> "tuple[list[tuple[str, tuple[InstanceView, ...]]], int]":
    from stratus.commands.several import ask_all  # which a look at one cloud need not load

    return ask_all(session, request)


def _made_of(view: "InstanceView") -> list[tuple[str, str]]:
    pairs = [("looked at", f"{span(view.age_s)} ago" if view.age_s else "not yet")]
    if view.blueprint is None:
        return pairs
    spec = view.blueprint.domain
    return [
        *pairs,
        ("domain", spec.name),
        ("runs under", f"{spec.virt_type}, machine {spec.machine}, CPU {spec.cpu_model}"),
        ("context", view.blueprint.context.method),
        ("folder", view.blueprint.directory),
        *((f"disk {disk.target}", f"{disk.path} ({disk.format})") for disk in spec.disks),
        ("console log", spec.console_log),
    ]
