"""The node's packet filter as text for nft: what guests may send and receive. Pure; the network door loads it.

Two tables, replaced together in one transaction:

    bridge stratus   what enters or leaves a tap. One whose name starts with TAP_PREFIX passes what its port allows, and
                     nothing if it has no port. No connection tracking: bridges do not always have it.
    inet stratus     what guests of managed bridges may reach through the node: NAT, and the node's own protection.

A port is one element in each of four sets, so that its cost does not depend on how many there are.
"""

from collections.abc import Iterable, Sequence

from stratus.model.network import TAP_PREFIX, Bridge, Port

TABLES = ("bridge stratus", "inet stratus")


def ruleset(bridges: Sequence[Bridge], ports: Sequence[Port]) -> str:
    """Everything, as one file for `nft -f`: it replaces what was there, or leaves it untouched if nft refuses."""
    return "".join((cleared(), _bridge_table(ports), _inet_table([each for each in bridges if each.managed])))


def cleared() -> str:
    """The commands that take both tables away, whether they are there or not."""
    return "".join(f"add table {table}\ndelete table {table}\n" for table in TABLES)


def elements(port: Port) -> tuple[tuple[str, str], ...]:
    """What one port adds to each set of the table `bridge stratus`."""
    card = f'"{port.tap}" . {port.mac}'
    return (
        ("taps", f'"{port.tap}"'),
        ("cards", card),
        ("clients", f'"{port.tap}" . 0x{port.mac.replace(":", "")}'),
        ("leases", f"{card} . {port.address}"),
    )


def _bridge_table(ports: Sequence[Port]) -> str:
    filled: dict[str, list[str]] = {"taps": [], "cards": [], "clients": [], "leases": []}
    for port in ports:
        for name, element in elements(port):
            filled[name].append(element)
    return _BRIDGE_TABLE.format(
        taps=_set("type ifname", filled["taps"]),
        cards=_set("type ifname . ether_addr", filled["cards"]),
        # bytes 28 to 33 of a DHCP message, behind 8 bytes of UDP: the MAC for which the client asks
        clients=_set("typeof iifname . @th,288,48", filled["clients"]),
        leases=_set("type ifname . ether_addr . ipv4_addr", filled["leases"]),
        tap=TAP_PREFIX,
    )


def _inet_table(bridges: Sequence[Bridge]) -> str:
    name = '"{0.name}"'.format
    masquerade = "".join(
        f'    ip saddr {each.cidr} ip daddr != {each.cidr} oifname != "{each.name}" masquerade\n'
        for each in bridges
        if each.nat
    )
    return _INET_TABLE.format(
        bridges=_set("type ifname", map(name, bridges)),
        within=_set("type ifname . ifname", (f"{name(each)} . {name(each)}" for each in bridges)),
        outward=_set("type ifname", (name(each) for each in bridges if each.nat or each.routed)),
        open=_set("type ifname", (name(each) for each in bridges if each.routed)),
        gateways=_set(
            "type ifname . ipv4_addr", (f"{name(each)} . {each.gateway}" for each in bridges if each.gateway)
        ),
        masquerade=masquerade,
        tap=TAP_PREFIX,
    )


def _set(kind: str, items: Iterable[str]) -> str:
    listed = ", ".join(items)
    return f"{kind}; elements = {{ {listed} }};" if listed else f"{kind};"


_BRIDGE_TABLE = """\
table bridge stratus {{
  set taps {{ {taps} }}
  set cards {{ {cards} }}
  set clients {{ {clients} }}
  set leases {{ {leases} }}
  chain enter {{
    type filter hook prerouting priority -300; policy accept;
    iifname "{tap}*" jump from_guest
  }}
  chain enter_link_local {{
    # frames to these groups go past prerouting, and the bridge would learn a false MAC from them
    # (LLDP's go past here as well: there the bridge itself must not learn, see argv.network.create)
    type filter hook input priority -300; policy accept;
    iifname "{tap}*" ether daddr & ff:ff:ff:ff:ff:f0 == 01:80:c2:00:00:00 counter drop
  }}
  chain leave {{
    type filter hook postrouting priority 300; policy accept;
    oifname "{tap}*" jump to_guest
  }}
  chain from_guest {{
    iifname . ether saddr != @cards counter drop
    ether type {{ 8021q, 8021ad }} counter drop
    meta protocol vmap {{ ip : jump from_guest_ip, arp : jump from_guest_arp }}
    counter drop
  }}
  chain from_guest_ip {{
    udp sport 67 counter drop
    udp dport 67 ip frag-off & 0x3fff != 0 counter drop
    udp dport 67 iifname . @th,288,48 != @clients counter drop
    ip saddr 0.0.0.0 ip daddr 255.255.255.255 udp sport 68 udp dport 67 accept
    iifname . ether saddr . ip saddr @leases accept
    counter drop
  }}
  chain from_guest_arp {{
    iifname . arp saddr ether . arp saddr ip @leases accept
    arp operation request arp saddr ip 0.0.0.0 iifname . arp saddr ether @cards accept
    counter drop
  }}
  chain to_guest {{
    oifname != @taps counter drop
    meta protocol != {{ ip, arp }} counter drop
    oifname . ether daddr @cards accept
    ether daddr & 01:00:00:00:00:00 == 01:00:00:00:00:00 accept
    counter drop
  }}
}}
"""

_INET_TABLE = """\
table inet stratus {{
  set bridges {{ {bridges} }}
  set within {{ {within} }}
  set outward {{ {outward} }}
  set open {{ {open} }}
  set gateways {{ {gateways} }}
  chain input {{
    type filter hook input priority filter; policy accept;
    iifname @bridges jump to_node
    iifname "{tap}*" counter drop
  }}
  chain forward {{
    type filter hook forward priority filter; policy accept;
    iifname @bridges jump from_guest
    oifname @bridges jump to_guest
    iifname "{tap}*" counter drop
  }}
  chain to_node {{
    ct state established,related accept
    meta nfproto ipv6 counter drop
    udp sport 68 udp dport 67 accept
    iifname . ip daddr @gateways udp dport 53 accept
    iifname . ip daddr @gateways tcp dport 53 accept
    iifname . ip daddr @gateways icmp type echo-request accept
    counter drop
  }}
  chain from_guest {{
    iifname . oifname @within accept
    oifname @bridges jump to_guest
    iifname @outward accept
    ct state established,related accept
    counter drop
  }}
  chain to_guest {{
    ct state established,related accept
    oifname @open accept
    counter drop
  }}
  chain translate {{
    type nat hook postrouting priority srcnat; policy accept;
{masquerade}  }}
}}
"""
