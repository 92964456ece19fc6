"""Configuration: stratuslab.cfg with ranges that overlap nothing here; one that is there stays, but as is asked for."""

import ipaddress
from collections.abc import Iterable
from pathlib import Path

from stratus.config import known_keys
from stratus.config.change import with_value
from stratus.errors import Conflict
from stratus.install.deeds import Deed, Write
from stratus.install.facts import Facts, FileFact, Wish

Net = ipaddress.IPv4Network


def plan(facts: Facts, wish: Wish) -> tuple[Deed, ...]:
    """The reference file, fresh; and the configuration, if there is none."""
    if wish.release:  # the site's configuration is the front end's affair, and the agent reads none
        return ()
    deeds: list[Deed] = []
    reference = Write(f"{wish.config_dir}/stratuslab.cfg.ref", wish.cfg_reference)
    found = facts.files.get(reference.path)
    if found is None or found.text != reference.text:
        deeds.append(reference)
    if wish.config_file not in facts.files:
        deeds.append(Write(wish.config_file, _text(facts, wish)))
    elif wish.gate_asked:
        deeds += _gate(facts.files[wish.config_file], wish)
    return tuple(deeds)


def _gate(found: FileFact, wish: Wish) -> list[Deed]:
    """The same with the gate, for which the administrator has asked; mode and owner stay."""
    key = known_keys()["gate"]
    text = with_value(found.text, Path(wish.config_file), section=key.section, key=key.name, value="True")
    return [] if text == found.text else [Write(wish.config_file, text, found.mode, found.owner, found.group)]


def free_networks(taken: Iterable[str]) -> tuple[Net, Net]:
    """A /24 for the local network and a /16 for the private one: StratusLab's own where they are free, else others."""
    nets = [net for text in taken if (net := Net(text, strict=False)).prefixlen > 0]
    local = _first_free(_local_candidates(), nets)
    private = _first_free(_private_candidates(), [*nets, local])
    return local, private


def _local_candidates() -> Iterable[Net]:
    yield Net("172.17.16.0/24")
    yield from (Net(f"10.{second}.64.0/24") for second in range(19, 255))
    yield from (Net(f"192.168.{third}.0/24") for third in range(64, 255))


def _private_candidates() -> Iterable[Net]:
    yield Net("172.16.0.0/16")
    yield from (Net(f"10.{second}.0.0/16") for second in range(119, 255))
    yield from (Net(f"172.{second}.0.0/16") for second in range(20, 32))


def _first_free(candidates: Iterable[Net], taken: Iterable[Net]) -> Net:
    nets = tuple(taken)
    for candidate in candidates:
        if not any(candidate.overlaps(net) for net in nets):
            return candidate
    raise Conflict(
        "every private range overlaps a route of this machine",
        hint="ip route; then write nat_network to /etc/stratuslab/stratuslab.cfg yourself",
    )


def _text(facts: Facts, wish: Wish) -> str:
    local, private = free_networks(facts.networks)
    state = f"\n[stratus]\nstate_dir = {wish.state_dir}\nnode_link = {wish.node_link}\n"
    text = (
        "# The configuration of this cloud. Every key and its default: stratuslab.cfg.ref beside this file.\n"
        "# The ranges were free on this machine when it was installed.\n"
        f"\n[nat]\nnat = True\nnat_network = {local.network_address}\nnat_netmask = {local.netmask}\n"
        f"\n[one-network]\none_private_network = {private.network_address}\n"
        f"one_private_network_addr = {private[1]}\none_private_network_size = {private.num_addresses}\n{state}"
    )
    for name, value in wish.settings.items():
        key = known_keys()[name]
        text = with_value(text, Path(wish.config_file), section=key.section, key=key.name, value=value)
    return text
