"""Zones: where a node stands, as a path from the large to the small: region/zone/pod/cluster. Pure."""

import re

from stratus.errors import BadInput

LEVELS = ("region", "zone", "pod", "cluster")
_LEVEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,62})?\Z")


def checked_zone(text: str) -> str:
    """The path, if it is one; "" is nowhere in particular. Raises BadInput."""
    levels = text.split("/") if text else []
    if len(levels) > len(LEVELS) or not all(_LEVEL.match(level) for level in levels):
        raise BadInput(
            f"{text[:80]!r} is no zone: up to {len(LEVELS)} names of letters, digits, '.', '_' and '-', with / between",
            hint="eu/paris, for example, or eu/paris/pod1/rack3",
        )
    return text


def lies_in(zone: str, wanted: str) -> bool:
    """Whether what stands in `zone` stands in `wanted`, which may name any beginning of the path."""
    return not wanted or zone == wanted or zone.startswith(f"{wanted}/")


def levels_of(zone: str) -> dict[str, str]:
    """The name that the zone has at each level, from the region on."""
    return dict(zip(LEVELS, zone.split("/"), strict=False)) if zone else {}
