"""From a context request and the facts of an instance to the disk that its guest reads."""

import ipaddress

from stratus.model.context import nocloud, one
from stratus.model.context.values import ONE, ContextDisk, ContextInstance, ContextNic, ContextRequest
from stratus.model.network import Bridge, Port


def context_disk(request: ContextRequest, instance: ContextInstance) -> ContextDisk:
    """The disk for `instance`: the same two values give the same bytes. Raises BadInput for variables that cannot be
    told in the way that was asked for."""
    return one.disk(request, instance) if request.method == ONE else nocloud.disk(request, instance)


def nic_of(port: Port, bridge: Bridge) -> ContextNic:
    """What a guest may know of the card that is plugged into `port`.

    On a bridge that the node does not manage, the site's router is unknown: only MAC and address are told, and the
    guest asks DHCP for the rest."""
    if not bridge.managed or not bridge.gateway:
        return ContextNic(mac=port.mac, address=port.address)
    return ContextNic(
        mac=port.mac,
        address=port.address,
        netmask=str(ipaddress.ip_network(bridge.cidr, strict=False).netmask),
        gateway=bridge.gateway,
        dns=(bridge.gateway,) if bridge.dhcp else bridge.dns,
        domain=bridge.domain,
        static=not bridge.dhcp,
    )
