"""capacity: how many more instances of each machine type fit now, for the one who asks."""

from stratus.actions import reserve
from stratus.cloud import Cloud
from stratus.errors import NotFound
from stratus.model.placement import Need
from stratus.model.placement.capacity import Fill, fill_of, grouped
from stratus.model.placement.requirements.parser import requirements_of
from stratus.model.placement.wish import Wish
from stratus.model.placement.zones import checked_zone
from stratus.model.requests import Actor, CapacityRequest


def capacity(cloud: Cloud, request: CapacityRequest, actor: Actor) -> tuple[Fill, ...]:
    """The room for each machine type, or for one. Raises NotFound, BadInput."""
    types = cloud.settings.types
    if request.machine_type and request.machine_type not in types:
        raise NotFound(f"unknown instance type: {request.machine_type}", hint="stratus run --list-types")
    wanted = [request.machine_type] if request.machine_type else sorted(types)
    zone, requirements = checked_zone(request.zone), requirements_of(request.requirements)
    nodes = reserve.Nodes(cloud)
    rules = nodes.rules(actor.name)
    kinds = [types[name] for name in wanted]
    wishes = [(kind.name, Wish(Need(kind.cpu, kind.ram_mib, kind.swap_mib), zone, requirements)) for kind in kinds]
    return grouped((fill_of(name, wish, node, rules) for name, wish in wishes for node in nodes.all), request.by)
