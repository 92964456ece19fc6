"""The steps of an installation, in their order; each is a pure function from facts and wish to deeds."""

from collections.abc import Callable

from stratus.install.deeds import Deed
from stratus.install.facts import Facts, Wish
from stratus.install.steps import (
    access,
    bridge,
    configuration,
    dispatcher,
    enrolment,
    folders,
    gate,
    key,
    kvm,
    libvirt,
    packages,
    program,
    sshd,
)
from stratus.model.paths import FrontEndPaths
from stratus.model.values import dataclass

Plan = Callable[[Facts, Wish], tuple[Deed, ...]]


@dataclass(frozen=True)
class Step:
    """One step: no deeds left in its plan means that it is done."""

    name: str
    title: str
    plan: Plan
    mend: str  # what to try when it fails


# The journal of all that follows lies in the first folder.
STEPS: tuple[Step, ...] = (
    Step("folders", "the folders", folders.plan, "df -h /var/lib /etc"),
    Step("packages", "the packages", packages.plan, "apt-get update, or look whether another apt is at work"),
    Step("program", "the program", program.plan, "df -h /usr/lib"),
    Step("configuration", "the configuration", configuration.plan, "stratus install --plan"),
    Step("bridge", "the bridge of the public network", bridge.plan, "ip address; stratus install --plan"),
    Step("kvm", "the KVM device", kvm.plan, "ls -l /dev/kvm; getent group kvm"),
    Step("libvirt", "libvirt", libvirt.plan, "tail /var/log/libvirt/libvirtd.log"),
    Step("key", "the front end's key", key.plan, "stratus install --plan"),
    Step("sshd", "the node's own sshd", sshd.plan, "/usr/sbin/sshd -t -f /etc/stratuslab/sshd/sshd_config"),
    Step("access", "the front end's key for this machine", access.plan, "ls -ld /root/.ssh /root/.ssh/*"),
    Step("pinning", "the node's host key, pinned", key.plan_pinning, "stratus install --plan"),
    Step("enrolment", "the node in the ledger", enrolment.plan, "stratus install again; -v tells more"),
    Step("gate", "the gate for users", gate.plan, "/usr/sbin/sshd -t -f /etc/stratuslab/gate/sshd_config"),
    Step("dispatcher", "the dispatcher", dispatcher.plan, f"tail {FrontEndPaths().dispatcher_log}"),
)
