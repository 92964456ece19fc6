"""What the appliance builder can make: each recipe names the packages, kernel modules and commands that it needs."""

from stratus.model.values import dataclass


@dataclass(frozen=True)
class Recipe:
    """One appliance: a kernel, a few packages and a tree of plain files (`<name>/root` beside this file)."""

    name: str
    summary: str
    kernels: tuple[str, ...]  # the first that the machine's package lists offer
    packages: tuple[str, ...]  # their dependencies come with them
    programs: tuple[str, ...]  # names of executables to take out of the packages, with the libraries they load
    module_groups: tuple[tuple[str, tuple[str, ...]], ...]  # (group, modules); the guest loads a group at a time
    needed_modules: tuple[str, ...]  # of these; the others are taken where the kernel has them
    applets: tuple[str, ...]  # the commands of busybox that the tree uses


_TINY_APPLETS = """
    acpid awk base64 cat chmod cp cut date dd env false grep gunzip head hexdump hostname httpd hwclock init insmod
    ip kill killall ln logread mkdir mount mv poweroff printf reboot rm sed sh sleep swapoff swapon sync syslogd
    timeout touch tr udhcpc uevent umount uname usleep
"""

TINY = Recipe(
    name="tiny",
    summary="a Linux of some 15 MB: busybox, SSH (keys only), a web page, both kinds of context",
    # Debian's cloud kernel; Ubuntu's kernels for virtual machines; then whatever there is.
    kernels=("linux-image-cloud-amd64", "linux-image-virtual", "linux-image-kvm", "linux-image-amd64"),
    packages=("busybox-static", "dropbear-bin"),
    programs=("busybox", "dropbear", "dropbearkey"),
    module_groups=(
        ("boot", ("virtio_pci", "virtio_blk", "virtio_net")),
        # A context disk may be a SATA, IDE or SCSI CD-ROM. The drive's driver goes first, so that the drive is there
        # as soon as the controller's driver is in. (Debian 12's cloud kernel has no ahci: no SATA.)
        ("storage", ("sr_mod", "sd_mod", "virtio_scsi", "ahci", "ata_piix")),
        ("iso", ("isofs",)),
        ("power", ("button", "evdev")),
        ("vfat", ("nls_cp437", "nls_ascii", "nls_iso8859-1", "vfat")),
        ("extra", ("ext4", "virtio_rng", "virtio_balloon")),
    ),
    needed_modules=("virtio_pci", "virtio_blk", "virtio_net", "isofs", "button", "evdev", "vfat", "ext4"),
    applets=tuple(_TINY_APPLETS.split()),
)

RECIPES = {recipe.name: recipe for recipe in (TINY,)}
