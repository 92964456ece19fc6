"""A bootable disk with a plain Debian and its own cloud-init, made of packages, without loop devices; kept for reruns.

One MBR disk: a FAT partition with syslinux, kernel and initramfs, and an ext4 partition with everything else. Each file
system is made in a file of its own, and the files are put one behind the other.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

CACHE = Path("/var/cache/stratus-tests")
PACKAGES = (
    *("systemd-sysv", "udev", "dbus", "kmod", "iproute2", "openssh-server", "cloud-init"),
    *("linux-image-cloud-amd64", "initramfs-tools", "zstd", "ca-certificates", "netbase", "sudo"),
)
LEFT_OUT = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*")
IDLE = (
    *("apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "fstrim.timer"),
    *("e2scrub_all.timer", "e2scrub_reap.service"),
)
SYSLINUX = """\
SERIAL 0 115200
DEFAULT debian
PROMPT 0
TIMEOUT 0
LABEL debian
 KERNEL /vmlinuz
 INITRD /initrd
 APPEND root=LABEL=debian-root rw console=tty0 console=ttyS0,115200 panic=5 quiet
"""
BOOT_CODE = Path("/usr/lib/syslinux/mbr/mbr.bin")
BOOT_MIB, ROOT_MIB, GAP_MIB = 96, 1400, 1
# The package `locales` is left out, and cloud-init would fail to set one; one kind of host key is enough.
SMALL = "locale: false\\nssh_genkeytypes: [ed25519]\\n"
# No packages come later, so their timers only cost.
SET_UP = f"""\
set -e
printf 'LABEL=debian-root / ext4 defaults,noatime 0 1\\n' >etc/fstab
: >etc/machine-id
rm -f etc/ssh/ssh_host_* etc/resolv.conf
echo debian >etc/hostname
printf '{SMALL}' >etc/cloud/cloud.cfg.d/20_small.cfg
chroot . systemctl -q enable systemd-networkd ssh
chroot . systemctl -q mask {" ".join(IDLE)}
rm -rf var/lib/apt/lists/* var/cache/apt/archives/*.deb
"""


def debian_disk() -> Path:
    """The disk (qcow2), built when this recipe has not been yet: a minute and a half."""
    recipe = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:16]
    disk = CACHE / f"debian-{recipe}.qcow2"
    if not disk.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="build-", dir=CACHE) as folder:
            os.replace(_build(Path(folder)), disk)
        for old in CACHE.glob("debian-*.qcow2"):
            if old != disk:
                old.unlink()
    return disk


def _build(folder: Path) -> Path:
    root = folder / "root"
    _bootstrap(folder / "set-up", root)
    boot = _boot_partition(root, folder / "boot.fat")
    for name in ("vmlinuz", "initrd.img"):
        (root / name).unlink(missing_ok=True)
    shutil.rmtree(root / "boot")
    (root / "boot").mkdir()
    ext4 = folder / "root.ext4"
    _sized(ext4, ROOT_MIB)
    _run("mke2fs", "-q", "-t", "ext4", "-L", "debian-root", "-m", "0", "-d", str(root), str(ext4))
    disk = _joined(folder / "disk.raw", boot, ext4)
    _run("qemu-img", "convert", "-c", "-f", "raw", "-O", "qcow2", "-o", "compression_type=zstd", str(disk), f"{disk}.q")
    return Path(f"{disk}.q")


def _bootstrap(set_up: Path, root: Path) -> None:
    set_up.write_text('#!/bin/sh\ncd -- "$1"\n' + SET_UP)
    set_up.chmod(0o755)
    _run(
        "mmdebstrap",
        *("--quiet", "--mode=root", "--variant=minbase", f"--include={','.join(PACKAGES)}"),
        '--aptopt=APT::Install-Recommends "false"',
        *(f"--dpkgopt=path-exclude={path}" for path in LEFT_OUT),
        f"--customize-hook={set_up}",
        *("bookworm", str(root), *_sources()),
    )


def _sources() -> Sequence[str]:
    """This machine's own mirrors where it is that Debian itself, else Debian's."""
    if "VERSION_CODENAME=bookworm" in Path("/etc/os-release").read_text().splitlines():
        for path in ("/etc/apt/sources.list.d/debian.sources", "/etc/apt/sources.list"):
            if Path(path).exists():
                return (path,)
    return ("deb http://deb.debian.org/debian bookworm main",)


def _boot_partition(root: Path, target: Path) -> Path:
    _sized(target, BOOT_MIB)
    config = target.with_name("syslinux.cfg")
    config.write_text(SYSLINUX)
    (kernel,) = (root / "boot").glob("vmlinuz-*")
    (initramfs,) = (root / "boot").glob("initrd.img-*")
    # FAT counts hidden sectors: syslinux reads them to find its own file system on the disk.
    hidden = str(GAP_MIB * 2048)
    _run("mkfs.vfat", "-F", "32", "-s", "1", "-h", hidden, "-n", "BOOT", str(target))
    for source, name in ((config, "syslinux.cfg"), (kernel, "vmlinuz"), (initramfs, "initrd")):
        _run("mcopy", "-i", str(target), str(source), f"::{name}")
    _run("syslinux", "--install", str(target))
    return target


def _joined(disk: Path, boot: Path, root: Path) -> Path:
    """One disk: boot code and partition table, then both file systems, each where the table says that it is."""
    _sized(disk, GAP_MIB + BOOT_MIB + ROOT_MIB)
    table = (
        "label: dos\n"
        f"start={GAP_MIB}MiB, size={BOOT_MIB}MiB, type=c, bootable\n"
        f"start={GAP_MIB + BOOT_MIB}MiB, size={ROOT_MIB}MiB, type=83\n"
    )
    _run("sfdisk", "-q", str(disk), text=table)
    for source, at_mib in ((BOOT_CODE, 0), (boot, GAP_MIB), (root, GAP_MIB + BOOT_MIB)):
        place = ("bs=1", "count=440") if at_mib == 0 else ("bs=1M", f"seek={at_mib}")
        _run("dd", f"if={source}", f"of={disk}", *place, "conv=notrunc,sparse", "status=none")
    return disk


def _sized(path: Path, mib: int) -> None:
    with path.open("wb") as file:
        file.truncate(mib << 20)


def _run(*argv: str, text: str = "") -> None:
    done = subprocess.run(argv, input=text.encode(), capture_output=True, timeout=600, check=False)
    assert done.returncode == 0, f"{argv}: {done.returncode}\n{done.stderr.decode(errors='replace')[-4000:]}"
