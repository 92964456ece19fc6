"""What other firewalls on a node would keep from guests: found in nft's own listing, for the installer's preflight.

An accept in our table does not help a packet that another table drops. Docker and ufw make the policy of FORWARD drop,
firewalld ends its chains with a reject. No nft listing has the rules of iptables-legacy, hence the other reader.
"""

import json
from collections.abc import Sequence
from typing import Any

from stratus.errors import BadInput
from stratus.model.values import dataclass

OURS = "stratus"
_FAMILIES = ("ip", "inet", "bridge")


@dataclass(frozen=True)
class Blocker:
    """A chain that drops what guests send or are sent, unless a rule for their bridge is added to it."""

    family: str
    table: str
    chain: str
    hook: str  # forward | input
    bridge: str
    remedy: tuple[str, ...]  # commands that let the bridge through


def blockers(listing: str, bridges: Sequence[str]) -> tuple[Blocker, ...]:
    """What stands in the way of these bridges, by the output of `nft -j list ruleset`. Raises BadInput."""
    try:
        items: list[dict[str, Any]] = json.loads(listing)["nftables"]
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(f"this is not a listing of nft: {error}", hint="nft -j list ruleset") from error
    chains = [item["chain"] for item in items if "chain" in item]
    rules = [item["rule"] for item in items if "rule" in item]
    return tuple(
        Blocker(chain["family"], chain["table"], chain["name"], chain["hook"], bridge, _remedy(chain, chains, bridge))
        for chain in chains
        if _is_foreign_gate(chain) and _closes(chain, rules)
        for bridge in bridges
        if not _lets_through(chain, rules, bridge)
    )


def blockers_of_iptables(program: str, listing: str, bridges: Sequence[str]) -> tuple[Blocker, ...]:
    """The same by the output of `PROGRAM -S`, where PROGRAM is iptables or iptables-legacy."""
    rules = [line.split() for line in listing.splitlines()]
    chains = {rule[1] for rule in rules if rule[:1] == ["-N"]}
    return tuple(
        Blocker("ip", program, chain, hook, bridge, _iptables_remedy(program, chain, chains, bridge))
        for chain, hook in (("INPUT", "input"), ("FORWARD", "forward"))
        if ["-P", chain, "DROP"] in rules
        for bridge in bridges
        if not _iptables_accepts(rules, hook, bridge)
    )


def _iptables_accepts(rules: list[list[str]], hook: str, bridge: str) -> bool:
    accepting = [" ".join(rule) for rule in rules if rule[-2:] == ["-j", "ACCEPT"]]
    ways = ("-i", "-o") if hook == "forward" else ("-i",)
    return all(any(f" {way} {bridge} " in rule for rule in accepting) for way in ways)


def _iptables_remedy(program: str, chain: str, chains: set[str], bridge: str) -> tuple[str, ...]:
    target = "DOCKER-USER" if chain == "FORWARD" and "DOCKER-USER" in chains else chain
    ways = ("-i", "-o") if chain == "FORWARD" else ("-i",)
    return tuple(f"{program} -I {target} {way} {bridge} -j ACCEPT" for way in ways)


def _is_foreign_gate(chain: dict[str, Any]) -> bool:
    hooked = chain.get("hook") in ("forward", "input") and chain.get("type") == "filter"
    return hooked and chain["family"] in _FAMILIES and chain["table"] != OURS


def _closes(chain: dict[str, Any], rules: list[dict[str, Any]]) -> bool:
    """The policy is drop, or the last rule refuses whatever is left."""
    if chain.get("policy") == "drop":
        return True
    last = [rule for rule in rules if _of(rule, chain) and rule["chain"] == chain["name"]][-1:]
    return (
        bool(last)
        and all(set(part) <= {"counter", "drop", "reject", "log"} for part in last[0]["expr"])
        and any("drop" in part or "reject" in part for part in last[0]["expr"])
    )


def _lets_through(chain: dict[str, Any], rules: list[dict[str, Any]], bridge: str) -> bool:
    """Some rule of the table accepts what comes from the bridge, and, if forwarded, what goes to it."""
    needed = ("iifname",) if chain["hook"] == "input" else ("iifname", "oifname")
    accepting = [rule["expr"] for rule in rules if _of(rule, chain) and any("accept" in part for part in rule["expr"])]
    return all(any(_names(expr, key, bridge) for expr in accepting) for key in needed)


def _names(expr: list[dict[str, Any]], key: str, bridge: str) -> bool:
    for part in expr:
        match = part.get("match", {})
        if match.get("left") == {"meta": {"key": key}} and match.get("op") == "==" and match.get("right") == bridge:
            return True
    return False


def _remedy(chain: dict[str, Any], chains: list[dict[str, Any]], bridge: str) -> tuple[str, ...]:
    names = {each["name"] for each in chains if _of(each, chain)}
    forward = chain["hook"] == "forward"
    if chain["table"] == "firewalld":
        return (f"firewall-cmd --permanent --zone=trusted --add-interface={bridge}", "firewall-cmd --reload")
    if any(name.startswith("ufw-") for name in names):
        if forward:
            return (f"ufw route allow in on {bridge}", f"ufw route allow out on {bridge}")
        return (f"ufw allow in on {bridge}",)
    if chain["table"] == "filter" and chain["name"] in ("FORWARD", "INPUT"):
        return _iptables_remedy("iptables", chain["name"], names, bridge)
    where = f"nft insert rule {chain['family']} {chain['table']} {chain['name']}"
    ways = ("iifname", "oifname") if forward else ("iifname",)
    return tuple(f"{where} {way} {bridge} accept" for way in ways)


def _of(item: dict[str, Any], chain: dict[str, Any]) -> bool:
    return bool(item["family"] == chain["family"] and item["table"] == chain["table"])
