"""Packages: what a front end and a node need from the distribution, and which of them are missing."""

from stratus.errors import StratusError
from stratus.install.deeds import Deed, Packages, Run
from stratus.install.facts import Facts, Wish

_DEBIAN_NODE = (
    "libvirt-daemon-system",
    "libvirt-clients",
    "qemu-system-x86",
    "qemu-utils",
    "dnsmasq-base",
    "nftables",
    "iproute2",
    "openssh-server",
    "e2fsprogs",
    "util-linux",
)
# The demonstration appliance is built on the front end, with the programs of the second line.
_DEBIAN_FRONTEND = (
    *("openssh-client", "qemu-utils", "util-linux"),
    *("cpio", "dosfstools", "kmod", "mtools", "syslinux", "zstd"),
)
_FEDORA_NODE = (
    *("libvirt-daemon-kvm", "libvirt-client", "qemu-kvm", "qemu-img", "dnsmasq", "nftables", "iproute"),
    *("openssh-server", "e2fsprogs", "util-linux"),
)
_FEDORA_FRONTEND = (
    "openssh-clients",
    "qemu-img",
    "util-linux",
    "cpio",
    "dosfstools",
    "kmod",
    "mtools",
    "syslinux",
    "zstd",
)
# The agent's libraries that are not Python alone, where the program was sent without them.
_COMPILED = ("python3-libvirt", "python3-lxml")
# Installing it would open port 22; the node's own sshd only needs the program.
_SSH_SERVER = "openssh-server"


def wanted(facts: Facts, wish: Wish) -> tuple[str, ...]:
    """The packages of this machine's roles under the names of its distribution. Raises StratusError if unknown."""
    family = _family(facts)
    node, frontend = {"apt": (_DEBIAN_NODE, _DEBIAN_FRONTEND), "dnf": (_FEDORA_NODE, _FEDORA_FRONTEND)}[family]
    gate = (_SSH_SERVER,) if wish.frontend and wish.gate else ()
    compiled = _COMPILED if wish.release else ()
    names = (*(node if wish.node else ()), *gate, *compiled, *(frontend if wish.frontend else ()))
    return tuple(dict.fromkeys(names))


def plan(facts: Facts, wish: Wish) -> tuple[Deed, ...]:
    """Install what is missing."""
    missing = tuple(name for name in wanted(facts, wish) if name not in facts.installed)
    if not missing:
        return ()
    deed = Packages(missing, refresh=not facts.package_lists, manager=_family(facts))
    if facts.systemd and _SSH_SERVER in missing:
        units = ("ssh.service", "ssh.socket") if _family(facts) == "apt" else ("sshd.service", "sshd.socket")
        return (Run(("systemctl", "mask", *units), undo=("systemctl", "unmask", *units)), deed)
    return (deed,)


def is_fedoras(facts: Facts) -> bool:
    """Whether this is Fedora or one of its kin, where libvirt is a daemon per driver."""
    return bool({facts.distribution, *facts.like} & {"fedora", "rhel", "centos"})


def _family(facts: Facts) -> str:
    if {facts.distribution, *facts.like} & {"debian", "ubuntu"}:
        return "apt"
    if is_fedoras(facts):
        return "dnf"
    raise StratusError(
        f"the packages of {facts.distribution or 'this system'} are not known",
        hint="install on Debian 12 or 13, or Ubuntu 24.04",
    )
