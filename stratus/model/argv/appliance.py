"""The command lines with which an image is built from a distribution's packages."""

from collections.abc import Sequence

from stratus.model.argv import Argv

# As root, apt would download as its user _apt, who may not write into our folder.
APT_GET: Argv = ("apt-get", "-o", "APT::Sandbox::User=root", "-o", "Acquire::Retries=2")
VOLUME_ID = "57a705ed"  # fixed, so that the same content gives the same file system
LABEL = "STRATUS"


def fetch(packages: Sequence[str]) -> Argv:
    """Download the packages' files into the folder where this is run."""
    return (*APT_GET, "-qq", "download", *packages)


def unpack(file: str, folder: str) -> Argv:
    """Unpack a package's file; nothing of it is run or installed."""
    return ("dpkg-deb", "-x", file, folder)


def archive() -> Argv:
    """Write the files whose names come in, of the folder where this is run, as the kernel reads them."""
    return ("cpio", "--create", "--format=newc", "--owner=+0:+0", "--reproducible", "--null", "--quiet")


def pack() -> Argv:
    """Make an archive small."""
    return ("zstd", "-19", "-q", "-c")


def make_file_system(disk: str) -> Argv:
    """FAT16 whatever the size is: the guest looks for the label where FAT16 has it."""
    return ("mkfs.vfat", "-F", "16", "-s", "4", "-i", VOLUME_ID, "--invariant", "-n", LABEL, disk)


def put_in(disk: str, files: Sequence[str]) -> Argv:
    """Copy files to the top folder of the file system."""
    return ("mcopy", "-m", "-i", disk, *files, "::")


def make_bootable(disk: str) -> Argv:
    """Write the boot loader."""
    return ("syslinux", "--install", disk)


def to_qcow2(raw: str, target: str) -> Argv:
    """The raw disk as qcow2, compressed: it boots as fast, and kernels with LZ4 inside shrink by a sixth."""
    return ("qemu-img", "convert", "-c", "-f", "raw", "-O", "qcow2", raw, target)
