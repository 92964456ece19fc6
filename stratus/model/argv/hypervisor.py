"""The command lines that do by hand what the hypervisor door does through libvirt: what a plan prints. Pure."""

from stratus.model.argv import Argv


def define(uri: str, xml_path: str) -> Argv:
    """Make the domain of that file known, or replace its definition."""
    return (*_virsh(uri), "define", xml_path)


def start(uri: str, name: str) -> Argv:
    """Turn it on."""
    return (*_virsh(uri), "start", name)


def shutdown(uri: str, name: str) -> Argv:
    """Press its power button."""
    return (*_virsh(uri), "shutdown", name)


def destroy(uri: str, name: str) -> Argv:
    """Take its power away."""
    return (*_virsh(uri), "destroy", name)


def reboot(uri: str, name: str) -> Argv:
    """Ask the guest to reboot."""
    return (*_virsh(uri), "reboot", name)


def reset(uri: str, name: str) -> Argv:
    """Press its reset button."""
    return (*_virsh(uri), "reset", name)


def undefine(uri: str, name: str) -> Argv:
    """Forget its definition and what may hang on it; disks are not touched."""
    leftovers = ("--managed-save", "--snapshots-metadata", "--checkpoints-metadata", "--nvram")
    return (*_virsh(uri), "undefine", name, *leftovers)


def look(uri: str) -> Argv:
    """What all its domains are doing, from one call."""
    return (*_virsh(uri), "domstats", "--nowait", "--state", "--cpu-total", "--balloon", "--vcpu")


def console(uri: str, name: str, *, force: bool = False) -> Argv:
    """Its serial console, for a terminal; Ctrl-] leaves it. `force` takes it from whoever has it."""
    return (*_virsh(uri), "console", name, *(("--force",) if force else ()))


def _virsh(uri: str) -> Argv:
    return ("virsh", "-c", uri)
