"""The bridge of the public network: the node's interface moves into it, with a timed revert, and so it is after a boot.

A bridge that is there already is the site's: it is used as it is, and never touched."""

import json
import shlex

from stratus.errors import Conflict, NotFound, StratusError
from stratus.install import bridging
from stratus.install.cards import Card
from stratus.install.deeds import Deed, Guarded
from stratus.install.facts import Facts, Wish
from stratus.model.codec import decode


def plan(facts: Facts, wish: Wish) -> tuple[Deed, ...]:
    """Move the interface, then write what makes it so at the next boot. Raises Conflict, NotFound."""
    if not (wish.node and wish.bridge_interface and facts.cards):
        return ()  # nothing is known of the interfaces before the packages have brought `ip`
    _expect_no_change(facts, wish)
    present = facts.cards.get(wish.bridge)
    if present is None:
        card = _movable(facts, wish)
        return (_move(card, facts, wish), *_lasting(card, facts, wish))
    if present.kind != "bridge":
        raise Conflict(f"{wish.bridge} is there, and is no bridge", hint="stratus config node_bridge_name NAME")
    record = facts.files.get(wish.bridge_record)
    return _lasting(decode(Card, json.loads(record.text)["card"]), facts, wish) if record else ()


def _expect_no_change(facts: Facts, wish: Wish) -> None:
    if facts.change == "waiting":
        raise Conflict("a change of the network waits for its confirmation", hint="stratus install --confirm")
    if facts.change:
        take_back = shlex.join((*wish.watchdog, "--now"))
        raise Conflict("the watchdog of a change of the network is gone", hint=take_back)


def _movable(facts: Facts, wish: Wish) -> Card:
    card = facts.cards.get(wish.bridge_interface)
    if card is None:
        there = ", ".join(name for name, each in facts.cards.items() if not each.kind and name != "lo")
        raise NotFound(
            f"there is no interface {wish.bridge_interface}", hint=f"stratus config node_network_interface: {there}"
        )
    if card.wireless:
        raise Conflict(
            f"{card.name} is wireless: it carries no bridge", hint="stratus config node_bridge_configure False"
        )
    if card.master:
        raise Conflict(f"{card.name} is in {card.master}", hint=f"stratus config node_bridge_name {card.master}")
    if facts.network_manager in _BY_HAND:
        raise StratusError(
            f"{facts.network_manager} sets {card.name} up, and would undo what others change",
            hint=_BY_HAND[facts.network_manager].format(card=card.name, bridge=wish.bridge),
        )
    return card


_BY_HAND = {
    "netplan": "netplan set 'bridges.{bridge}={{interfaces: [{card}], dhcp4: true}}'; "
    "netplan set ethernets.{card}.dhcp4=false; netplan try",
    "NetworkManager": "nmcli connection add type bridge con-name {bridge} ifname {bridge}; "
    "nmcli connection add type ethernet ifname {card} master {bridge}; nmcli connection up {bridge}",
}


def _move(card: Card, facts: Facts, wish: Wish) -> Guarded:
    by_networkd = facts.network_manager == "networkd"
    files = bridging.networkd_files(card, wish.bridge, bridging.RUNTIME_FOLDER) if by_networkd else ()
    reload = (("networkctl", "reload"),) if by_networkd else ()
    # The lasting ones are there when an installation is undone.
    lasting = [f"{bridging.LASTING_FOLDER}/{name}" for name in bridging.networkd_names(card.name, wish.bridge)]
    forget = (("rm", "-f", *(file.path for file in files), *lasting), *reload) if by_networkd else ()
    return Guarded(
        name=f"{card.name} in {wish.bridge}",
        record=wish.bridge_record,
        card=card,
        commands=(*bridging.moving(card, wish.bridge), *reload),
        files=files,
        undo=(*forget, *bridging.moving_back(card, wish.bridge)),
        through=wish.bridge,
        asks=tuple(dict.fromkeys(filter(None, (wish.client, card.gateway)))),
        seconds=wish.revert_s,
        watchdog=wish.watchdog,
    )


def _lasting(card: Card, facts: Facts, wish: Wish) -> tuple[Deed, ...]:
    if facts.network_manager == "networkd":
        wanted = bridging.networkd_files(card, wish.bridge, bridging.LASTING_FOLDER)
        return tuple(file for file in wanted if file.path not in facts.files)
    if facts.network_manager == "ifupdown":
        texts = {path: fact.text for path, fact in facts.files.items() if path.startswith("/etc/network/")}
        path = bridging.stanza_file(card.name, texts)
        return (bridging.ifupdown_edit(card, wish.bridge, path, texts[path]),) if path else ()
    return ()
