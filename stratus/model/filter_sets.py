"""Reading the packet filter back: nft's JSON of the table `bridge stratus` to what may speak there. Pure."""

import json
from typing import Any

from stratus.errors import BadInput
from stratus.model.inspection import Speaker


def speakers(listing: str) -> tuple[Speaker, ...]:
    """Every tap in the filter's sets, by name, as `nft --json list table bridge stratus` prints them.

    Raises BadInput if this is no such listing."""
    try:
        sets = [item["set"] for item in json.loads(listing)["nftables"] if "set" in item]
        found = {one["name"]: [_parts(element) for element in one.get("elem", ())] for one in sets}
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(f"this is no listing of the filter: {error}") from error
    members = {name: {parts[0] for parts in found.get(name, ())} for name in ("taps", "cards", "clients", "leases")}
    leases = {parts[0]: parts for parts in found.get("leases", ()) if len(parts) == 3}
    cards = {tuple(parts) for parts in found.get("cards", ())}
    return tuple(_speaker(tap, members, leases, cards) for tap in sorted(set().union(*members.values())))


def _speaker(
    tap: str, members: dict[str, set[str]], leases: dict[str, list[str]], cards: set[tuple[str, ...]]
) -> Speaker:
    if tap not in leases:
        return Speaker(tap, "", "", whole=False)
    _, mac, address = leases[tap]
    whole = all(tap in names for names in members.values()) and (tap, mac) in cards
    return Speaker(tap, mac, address, whole)


def _parts(element: Any) -> list[str]:
    value = element["elem"]["val"] if isinstance(element, dict) and "elem" in element else element
    return [str(part) for part in value["concat"]] if isinstance(value, dict) else [str(value)]
