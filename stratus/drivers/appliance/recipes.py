"""What the appliance builder can make: each recipe names the packages, kernel modules and commands that it needs."""

from stratus.model.values import dataclass


@dataclass(frozen=True)
class Recipe:
    """One appliance: a kernel, a few packages and trees of plain files (`<tree>/root` beside this file)."""

    name: str
    summary: str
    kernels: tuple[str, ...]  # the first that the machine's package lists offer
    packages: tuple[str, ...]  # their dependencies come with them
    programs: tuple[str, ...]  # executables to take out of the packages, by name or path, with the libraries they load
    module_groups: tuple[tuple[str, tuple[str, ...]], ...]  # (group, modules); the guest loads a group at a time
    needed_modules: tuple[str, ...]  # of these; the others are taken where the kernel has them
    applets: tuple[str, ...]  # the commands of busybox that the trees use
    trees: tuple[str, ...] = ("tiny",)  # a file of a later one stands in the place of an earlier one's
    without: tuple[str, ...] = ()  # what packages depend on and the appliance has no use for


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

_CLUSTER_APPLETS = """
    basename chown dirname find grep groups id kill mkdir mount nc ps seq sleep su tail tee test touch umount wc whoami
"""

# What they bring is for package managers, other accounts, Kerberos, LDAP, smart cards, or versions 2 and 3 of NFS.
_NOT_FOR_CLUSTER = """
    adduser debconf dmsetup dpkg init-system-helpers keyutils libdevmapper1.02.1 libdevmapper1.02.1t64 libedit2
    libevent-core-2.1-7 libevent-core-2.1-7t64 libfido2-1 libldap-2.5-0 libldap2 libnfsidmap1 libpam-modules
    libpam-runtime libsqlite3-0 lsb-base netbase openssh-sftp-server procps python3 rpcbind runit-helper sysvinit-utils
    tar ucf usrmerge
"""

CLUSTER = Recipe(
    name="cluster",
    summary="the same with what a cluster needs: OpenSSH, NFS (server and client), accounts",
    kernels=TINY.kernels,
    packages=("busybox-static", "openssh-client", "openssh-server", "nfs-kernel-server", "nfs-common", "passwd"),
    programs=(
        *("busybox", "ssh", "ssh-keygen", "ssh-keyscan", "scp", "sshd", "usr/lib/openssh/ssh-keysign"),
        *("exportfs", "rpc.mountd", "rpc.nfsd", "mount.nfs", "useradd"),
    ),
    module_groups=(*TINY.module_groups, ("nfs", ("nfsv4",)), ("nfsd", ("nfsd",))),
    needed_modules=(*TINY.needed_modules, "nfsv4", "nfsd"),
    applets=(*TINY.applets, *_CLUSTER_APPLETS.split()),
    trees=("tiny", "cluster"),
    without=tuple(_NOT_FOR_CLUSTER.split()),
)

RECIPES = {recipe.name: recipe for recipe in (TINY, CLUSTER)}
