"""The NoCloud context disk, which cloud-init finds by its label: meta-data, user-data, vendor-data.

`network-config` is only there for cards on whose network nobody answers DHCP; without it cloud-init asks DHCP.
"""

import ipaddress
from typing import Any

from stratus.model.context.pairs import check_variable
from stratus.model.context.userdata import user_data, yaml_safe_json
from stratus.model.context.values import ContextDisk, ContextInstance, ContextNic, ContextRequest

LABEL = "cidata"


def disk(request: ContextRequest, instance: ContextInstance) -> ContextDisk:
    """The disk. Files of settings are JSON, which is YAML without its traps of quoting."""
    files = [
        ("meta-data", yaml_safe_json(_meta_data(request, instance))),
        ("user-data", user_data(request)),
        ("vendor-data", b""),
    ]
    if any(nic.static for nic in instance.nics):
        files.append(("network-config", yaml_safe_json(_network_config(instance.nics))))
    return ContextDisk(LABEL, tuple(files))


def _meta_data(request: ContextRequest, instance: ContextInstance) -> dict[str, Any]:
    for key, value in request.variables:
        check_variable(key, value)
    told: dict[str, Any] = {
        "instance-id": f"{instance.uuid}-{instance.generation}",
        "local-hostname": instance.hostname,
        "public-keys": list(request.public_keys),
    }
    if request.variables:
        told["context"] = dict(request.variables)  # in the guest: cloud-init query ds.meta_data.context.KEY
    return told


def _network_config(nics: tuple[ContextNic, ...]) -> dict[str, Any]:
    return {"version": 2, "ethernets": {f"eth{number}": _ethernet(nic) for number, nic in enumerate(nics)}}


def _ethernet(nic: ContextNic) -> dict[str, Any]:
    match = {"match": {"macaddress": nic.mac.lower()}}
    if not nic.static:
        return {**match, "dhcp4": True}
    interface = ipaddress.ip_interface(f"{nic.address}/{nic.netmask}")
    told: dict[str, Any] = {**match, "addresses": [interface.with_prefixlen]}
    if nic.gateway:
        told["gateway4"] = nic.gateway
    if nic.dns or nic.domain:
        told["nameservers"] = {"addresses": list(nic.dns), "search": [nic.domain] if nic.domain else []}
    return told
