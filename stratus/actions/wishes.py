"""From a request to the wish that nodes are held against: its words are read, and its groups looked up."""

from stratus.actions import records
from stratus.cloud import Cloud
from stratus.model.placement import Need
from stratus.model.placement.requirements.parser import requirements_of
from stratus.model.placement.wish import Wish, checked_group
from stratus.model.placement.zones import checked_zone
from stratus.model.requests import Actor, RunRequest


def wish_of(cloud: Cloud, request: RunRequest, need: Need, actor: Actor) -> Wish:
    """What an instance of the request wants of its node. Raises BadInput.

    Who promises it must have read the instances' counter before: two that join one group at once then meet there."""
    together, apart = checked_group(request.together), checked_group(request.apart)
    on = sorted(_where(cloud, "together", actor.name, together))
    return Wish(
        need,
        checked_zone(request.zone),
        requirements_of(request.requirements),
        together,
        on[0] if on else "",
        apart,
        _where(cloud, "apart", actor.name, apart),
    )


def _where(cloud: Cloud, rule: str, owner: str, group: str) -> frozenset[str]:
    """The nodes on which the members of a group are; also those that are stopped, since they start there again."""
    if not group:
        return frozenset()
    members = records.instances(cloud.ledger, {rule: f"{owner}/{group}"})
    return frozenset(instance.node for instance in members if instance.node)
