"""Checks of the networks: ranges that overlap, and firewalls that would drop what guests send."""

import ipaddress
import itertools
from collections.abc import Iterator

from stratus.errors import StratusError
from stratus.install.checks.verdict import Verdict, failed, ok, warning
from stratus.install.deeds import Guarded
from stratus.install.facts import Facts, Wish
from stratus.install.steps.bridge import plan as plan_bridge
from stratus.install.steps.configuration import free_networks
from stratus.install.survey import Survey
from stratus.model.addresses import address_classes
from stratus.model.other_firewalls import Blocker, blockers, blockers_of_iptables

Net = ipaddress.IPv4Network


def ranges(facts: Facts, survey: Survey, wish: Wish) -> Verdict:
    """The networks that this node makes, against each other and against what is on the machine."""
    try:
        ours = dict(_ours(facts, wish))
    except StratusError as error:
        return failed("ranges", error.message, error.hint or f"edit {wish.config_file}")
    if not wish.node:
        return ok("ranges", "a front end makes no networks")
    for name, net in ours.items():
        for whose, taken in _interfaces(survey, wish):
            if net.overlaps(taken):
                return failed("ranges", f"the {name} network {net} overlaps {taken} of {whose}", _mend(name, facts))
    for name, net in ours.items():
        for whose, taken in _others(survey, wish):
            if net.overlaps(taken):
                return warning("ranges", f"the {name} network {net} overlaps {taken}, {whose}", _mend(name, facts))
    said = ", ".join(f"{name} {net}" for name, net in ours.items())
    return ok("ranges", f"{said or 'no network of its own'}: nothing else here has them")


def firewall(facts: Facts, survey: Survey, wish: Wish) -> Verdict:
    """Other firewalls, and Docker: what they would drop stays dropped, whatever our own rules accept."""
    if not wish.node:
        return ok("firewall", "a front end has no guests")
    every: list[Blocker] = list(blockers(survey.ruleset, wish.bridges)) if survey.ruleset else []
    for program, listing in survey.iptables.items():
        every += blockers_of_iptables(program, listing, wish.bridges)
    # Nothing is forwarded from or to the private network anyway.
    found = [each for each in every if each.hook == "input" or each.bridge == wish.bridges[0]]
    if not found:
        return ok("firewall", "nothing here drops what guests send")
    chains = dict.fromkeys(f"{each.table} {each.chain}" for each in found)
    remedy = dict.fromkeys(command for each in found for command in each.remedy)
    return warning("firewall", f"{', '.join(chains)} would drop what guests send", "; ".join(remedy))


def bridge(facts: Facts, survey: Survey, wish: Wish) -> Verdict:
    """The bridge of the public network, where an interface is to go into it."""
    if not (wish.node and wish.bridge_interface):
        return ok("bridge", "none is to be made")
    if not facts.cards:
        return ok("bridge", "nothing is known of the interfaces before the packages are there")
    try:
        deeds = plan_bridge(facts, wish)
    except StratusError as error:
        return failed("bridge", error.message, error.hint)
    if not any(isinstance(deed, Guarded) for deed in deeds):
        return ok("bridge", f"{wish.bridge} is there")
    says = (
        f"{wish.bridge_interface} goes into {wish.bridge}; taken back after {wish.revert_s:g} s if nobody answers then"
    )
    if facts.network_manager:
        return ok("bridge", f"{says}; {facts.network_manager} will set it up at boot")
    return warning("bridge", f"{says}; nothing here would set it up at boot", "stratus install, after each boot")


def _ours(facts: Facts, wish: Wish) -> Iterator[tuple[str, Net]]:
    """The networks that the node makes; those that the configuration step would choose if there is none yet."""
    if wish.config_file not in facts.files:
        local, private = free_networks(facts.networks)
        yield from (("local", local), ("private", private))
        return
    for each in address_classes(wish.keys):
        if each.bridge.managed:
            yield each.name, Net(each.bridge.cidr)


def _mend(name: str, facts: Facts) -> str:
    """The commands that choose a range that is free."""
    local, private = free_networks(facts.networks)
    if name == "local":
        return f"stratus config nat_network {local.network_address}"
    if name == "private":
        first = f"stratus config one_private_network {private.network_address}"
        return f"{first}; stratus config one_private_network_addr {private[1]}"
    return "stratus config --show-origin dhcp_one_public_network_subnet"


def _interfaces(survey: Survey, wish: Wish) -> Iterator[tuple[str, Net]]:
    for card in survey.cards:
        if card.name not in wish.bridges:
            for address in card.addresses:
                yield card.name, Net(address, strict=False)


def _others(survey: Survey, wish: Wish) -> Iterator[tuple[str, Net]]:
    routes = ((f"which is routed to {device}", net) for net, device in survey.routes if device not in wish.bridges)
    sleeping = ((f"of {whose}, when that is started", net) for whose, net in survey.sleeping.items())
    for whose, text in itertools.chain(routes, sleeping):
        net = Net(text, strict=False)
        if net.prefixlen:
            yield whose, net
