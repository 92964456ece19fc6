"""A key that has an effect has it: set to another value, it changes what the site is, or what would be installed."""

import pytest

from stratus import cli
from stratus.cloud import settings_of
from stratus.commands.install.wish import wish_of
from stratus.commands.told import own_keys
from stratus.config import known_keys
from stratus.config.sources import Sources
from stratus.errors import ConfigError
from stratus.install.ground import Here
from stratus.model import quota

HERE = Here("n1", "alice", "users", "/usr/bin/python3", "/usr/bin/stratus-nodeagent", is_root=False)
# A site on which everything is in use.
PUBLIC = {
    "one_public_network_addr": "192.0.2.10 192.0.2.11",
    "node_bridge_configure": "True",
    "dhcp": "True",
    "dhcp_one_public_network": "True",
    "dhcp_one_public_network_subnet": "192.0.2.0",
    "dhcp_one_public_network_netmask": "255.255.255.0",
    "dhcp_one_public_network_routers": "192.0.2.1",
}
LISTED = {
    **PUBLIC,
    "nat": "False",
    "one_local_network_addr": "10.1.1.10",
    "dhcp_one_local_network": "True",
    "dhcp_one_local_network_subnet": "10.1.1.0",
    "dhcp_one_local_network_netmask": "255.255.255.0",
    "dhcp_one_local_network_routers": "10.1.1.1",
}
# A key -> another value, and what is set besides.
OTHER = {
    "mac_prefix": ("06:00", PUBLIC),
    "one_public_network_addr": ("192.0.2.20", PUBLIC),
    "one_public_network_mac": ("06:00:00:00:00:01 06:00:00:00:00:02", PUBLIC),
    "one_local_network_addr": ("10.1.1.11", LISTED),
    "one_local_network_mac": ("06:00:00:00:00:03", LISTED),
    "one_private_network": ("172.18.0.0", {"one_private_network_addr": ""}),
    "one_private_network_addr": ("172.16.0.9", {}),
    "one_private_network_size": ("256", {}),
    "node_network_interface": ("ens3", PUBLIC),
    "node_bridge_name": ("br7", PUBLIC),
    "node_bridge_configure": ("False", PUBLIC),
    "nat": ("False", PUBLIC),
    "nat_network": ("10.9.0.0", {}),
    "nat_gateway": ("172.17.16.9", {}),
    "nat_netmask": ("255.255.255.128", {}),
    "dhcp": ("False", PUBLIC),
    "dhcp_one_public_network": ("False", PUBLIC),
    "dhcp_one_public_network_subnet": ("192.0.3.0", PUBLIC),
    "dhcp_one_public_network_netmask": ("255.255.255.128", PUBLIC),
    "dhcp_one_public_network_routers": ("192.0.2.2", PUBLIC),
    "dhcp_one_public_network_domain_name": ("site.example", PUBLIC),
    "dhcp_one_public_network_domain_name_servers": ("192.0.2.53", PUBLIC),
    "dhcp_one_public_network_ntp_servers": ("192.0.2.123", PUBLIC),
    "dhcp_one_local_network": ("False", LISTED),
    "dhcp_one_local_network_subnet": ("10.1.2.0", LISTED),
    "dhcp_one_local_network_netmask": ("255.255.255.128", LISTED),
    "dhcp_one_local_network_routers": ("10.1.1.2", LISTED),
    "dhcp_one_local_network_domain_name": ("local.example", {}),
    "dhcp_one_local_network_domain_name_servers": ("172.17.16.53", {}),
    "dhcp_one_local_network_ntp_servers": ("172.17.16.123", {}),
    "state_dir": ("/srv/stratus", {}),
    "node_link": ("local", {}),
    "one_local_network_bridge": ("stratus7", {}),
    "one_private_network_bridge": ("stratus8", {}),
    "cpu_ratio": ("2", {}),
    "ram_ratio": ("2", {}),
    "disk_ratio": ("2", {}),
    "restart_interrupted": ("False", {}),
    "keep_finished_days": ("7", {}),
    "order_expiry_hours": ("1.5", {}),
    "queue_expiry_hours": ("2", {}),
    **{f"default_quota_{name}": ("3", {}) for name in quota.NAMES},
    "placement": ("pack", {}),
    "gate": ("True", {}),
    "gate_port": ("2022", {}),
    "gate_address": ("192.0.2.1", {}),
    "gate_account": ("cloud", {}),
    "gate_upload_gib": ("1", {}),
    "gate_private_urls": ("True", {}),
    "default_instance_type": ("m1.large", {}),
    "default_context_method": ("cloud-init", {}),
    "user_public_key_file": ("~/lab.pub", {}),
    "selected_section": ("lab", {}),
    "endpoint": ("ssh://cloud.example.org", {}),
    "endpoint_timeout": ("2", {}),
    "gate_key": ("~/lab", {}),
}
# Keys that say how results look: a transcript shows what each does.
LOOKS = {"output_format", "color", "describe_columns", "image_columns", "node_columns"}


def outcome(tmp_path, **keys: str):
    """What the keys come to, or why it cannot be."""
    environ = {"HOME": str(tmp_path), "STRATUSLAB_CONFIG_DIR": str(tmp_path)}
    session = cli.new_session(overrides=keys, given=cli.Given(environ))
    wish = wish_of(session, HERE, frontend=True, node=True, revert_s=1.0)
    try:
        settings = settings_of(Sources(environ, keys).load())
    except ConfigError as refused:
        return refused.message
    keys = tuple(own_keys(session)) if session.chosen("user_public_key_file") else ()
    way = (session.preference("endpoint"), session.preference("gate_key"), session.preference("endpoint_timeout"))
    gate = (wish.gate, wish.gate_port, wish.gate_address, wish.gate_account)
    return settings, keys, way, gate, wish.state_dir, wish.node_link, wish.bridges, wish.bridge, wish.bridge_interface


@pytest.mark.parametrize("key", OTHER)
def test_another_value_makes_another_cloud(key, tmp_path):
    (tmp_path / ".stratuslab").mkdir()
    (tmp_path / ".stratuslab/stratuslab-user.cfg").write_text("[default]\n[lab]\ndefault_instance_type = m1.large\n")
    value, besides = OTHER[key]
    without = {name: text for name, text in besides.items() if name != key}
    usual = {key: besides[key]} if key in besides else {}
    assert outcome(tmp_path, **{**without, key: value}) != outcome(tmp_path, **without, **usual)


def test_every_key_that_has_an_effect_is_tried():
    assert {key.name for key in known_keys().values() if not key.accepted} == {*OTHER, *LOOKS}
