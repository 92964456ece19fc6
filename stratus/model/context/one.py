"""The HEPiX/OpenNebula context disk: `context.sh` with the variables, and the scripts that guests run.

The label is CONTEXT. StratusLab's own disks were called _STRATUSLAB, but its guests mount the CD-ROM whatever its name,
while cloud-init's OpenNebula source and its ds-identify look for CONTEXT.
"""

import base64
from collections.abc import Iterator

from stratus.errors import BadInput
from stratus.model.context.pairs import Variables, merged
from stratus.model.context.scripts import EPILOG, INIT, PROLOG
from stratus.model.context.shell import assignments
from stratus.model.context.userdata import user_data
from stratus.model.context.values import ONE, ContextDisk, ContextInstance, ContextNic, ContextRequest

LABEL = "CONTEXT"
_USER_DATA_NAMES = {"USER_DATA", "USERDATA", "USER_DATA_ENCODING", "USERDATA_ENCODING"}


def disk(request: ContextRequest, instance: ContextInstance) -> ContextDisk:
    """The CD-ROM. The user's own variables win over ours. Raises BadInput when user data comes in two ways."""
    clash = _USER_DATA_NAMES & {key for key, _ in request.variables}
    if clash and request.user_data:
        raise BadInput(f"user data is given twice: in parts, and as the context variable {min(clash)}")
    variables = merged([*_variables(request, instance), *request.variables])
    files = (
        ("context.sh", assignments(variables)),
        ("init.sh", INIT),
        ("prolog.sh", PROLOG),
        ("epilog.sh", EPILOG),
    )
    return ContextDisk(LABEL, files)


def _variables(request: ContextRequest, instance: ContextInstance) -> Iterator[tuple[str, str]]:
    yield "CONTEXT_METHOD", ONE
    yield "TARGET", "hdd"  # what StratusLab's template says of the CD-ROM, wherever it is plugged in
    yield "VMID", str(instance.id)
    if request.public_keys:
        keys = "\n".join(request.public_keys)
        yield "PUBLIC_KEY", keys  # StratusLab's name
        yield "SSH_PUBLIC_KEY", keys  # OpenNebula's; PUBLIC_KEY is unknown to cloud-init
    # cloud-init sees only variables that differ from its bash's own, and after the first boot HOSTNAME does not:
    # then it would fall back to ETH0_IP. SET_HOSTNAME is asked first and always differs.
    yield "SET_HOSTNAME", instance.hostname
    yield "HOSTNAME", instance.hostname
    yield "DSMODE", "local"
    if request.user_data:
        yield "USERDATA_ENCODING", "base64"
        yield "USER_DATA_ENCODING", "base64"
        yield "USER_DATA", base64.b64encode(user_data(request)).decode("ascii")
    for number, nic in enumerate(instance.nics):
        yield from _nic(f"ETH{number}", nic)


def _nic(name: str, nic: ContextNic) -> Variables:
    """ETHn_IP makes cloud-init configure the card statically and forget DHCP, so it is only told when all is known."""
    told = {"MAC": nic.mac}
    if nic.address and nic.netmask and nic.gateway:
        told |= {
            "IP": nic.address,
            "MASK": nic.netmask,
            "GATEWAY": nic.gateway,
            "DNS": " ".join(nic.dns),
            "SEARCH_DOMAIN": nic.domain,
        }
    return tuple((f"{name}_{key}", value) for key, value in told.items() if value)
