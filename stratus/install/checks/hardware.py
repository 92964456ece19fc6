"""Checks of what the machine is: virtualisation, memory, space, and the kernel."""

from stratus.install.checks.verdict import Verdict, failed, ok, warning
from stratus.install.facts import Facts, Wish
from stratus.install.survey import Place, Survey

_LEAST_MIB, _MODEST_MIB = 512, 2000
_LEAST_SPACE_MIB, _MODEST_SPACE_MIB = 512, 5 * 1024
_LEAST_INODES = 10_000
_FAR_AWAY = ("nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs")  # SQLite's locks cannot be relied on there
_NEEDED = ("bridge", "nf_tables", "tun")


def virtualisation(facts: Facts, survey: Survey, wish: Wish) -> Verdict:
    """Whether guests run at the speed of the machine."""
    name = "virtualisation"
    if not wish.node:
        return ok(name, "a front end starts no guests")
    if facts.architecture != "x86_64":
        return failed(name, f"instances are for x86_64; this machine is {facts.architecture}", "use another machine")
    if survey.kvm == "works":
        return ok(name, "KVM; whether a guest really starts under it is tried before the first one")
    slow = "instances are emulated (TCG): slow, but they work"
    if survey.kvm == "silent":
        return warning(name, f"/dev/kvm is there and does not answer as KVM does; {slow}", "dmesg | grep -i kvm")
    if survey.cpu_flags:
        module = "kvm_amd" if "svm" in survey.cpu_flags else "kvm_intel"
        return warning(name, f"the CPU can, but there is no /dev/kvm; {slow}", f"modprobe {module}")
    return warning(name, f"no KVM; {slow}", "switch VT-x or AMD-V on in the firmware, or nesting where this is a guest")


def memory(facts: Facts, survey: Survey, wish: Wish) -> Verdict:
    """Whether anything is left for instances."""
    says = f"{survey.memory_mib} MiB, {survey.cpus} CPUs"
    if survey.memory_mib < _LEAST_MIB:
        return failed("memory", f"{says}; the node's own programs need {_LEAST_MIB} MiB", "add memory")
    if wish.node and survey.memory_mib < _MODEST_MIB:
        return warning("memory", f"{says}; only a few small instances fit", "stratus run --ram 96 --swap 0 ...")
    return ok("memory", says)


def space(facts: Facts, survey: Survey, wish: Wish) -> Verdict:
    """Whether images, disks and the ledger have a place to be."""
    place = survey.state
    where = f"{place.path} ({place.kind})"
    elsewhere = "stratus -c state_dir=/another/place install"
    if "ro" in place.options:
        return failed("space", f"{where} cannot be written to", f"mount -o remount,rw, or {elsewhere}")
    if wish.frontend and place.kind in _FAR_AWAY:
        return failed("space", f"{where} is another machine's, and the ledger's locks do not work there", elsewhere)
    if place.free_mib < _LEAST_SPACE_MIB:
        return failed("space", f"{where} has {place.free_mib} MiB free, {_LEAST_SPACE_MIB} are needed", elsewhere)
    if place.free_inodes is not None and place.free_inodes < _LEAST_INODES:
        return failed("space", f"{where} has only {place.free_inodes} inodes free", f"df -i, or {elsewhere}")
    if place.free_mib < _MODEST_SPACE_MIB:
        return warning("space", f"{where} has {place.free_mib} MiB free: few images fit", elsewhere)
    return ok("space", f"{where} has {place.free_mib // 1024} GiB free")


def temporary(facts: Facts, survey: Survey, wish: Wish) -> Verdict:
    """Packages run scripts of their own in /tmp while they are installed."""
    place: Place = survey.temporary
    if "noexec" in place.options:
        mend = f"mount -o remount,exec {place.path}"
        return warning("temporary", f"{place.path} is mounted noexec: packages may ask their questions wrongly", mend)
    if place.free_mib < _LEAST_SPACE_MIB:
        return warning("temporary", f"{place.path} has {place.free_mib} MiB free: building images needs more", "df -h")
    return ok("temporary", f"{place.path} has {place.free_mib // 1024} GiB free")


def kernel(facts: Facts, survey: Survey, wish: Wish) -> Verdict:
    """Whether the kernel has what networks of instances are made of."""
    if not wish.node:
        return ok("kernel", "a front end makes no networks")
    lacking = [feature for feature in _NEEDED if feature in survey.missing_features]
    if lacking:
        return failed("kernel", f"it lacks {', '.join(lacking)}", f"modprobe -a {' '.join(lacking)}, or another kernel")
    if "vhost_net" in survey.missing_features and survey.kvm == "works":
        return warning("kernel", "it lacks vhost_net: the network of instances is slower", "modprobe vhost_net")
    return ok("kernel", f"{', '.join(_NEEDED)} are there")
