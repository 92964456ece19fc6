"""A machine on which systemd is the first process: namespaces over a copy of this machine's files, kept between boots.

Whatever is written there goes to a folder of the test's; the machine's own files are below it and are only read. What
systemd would do to devices, networks and temporary files at a boot is masked: they are this machine's too. Switching it
off is a power failure, and what it wrote is there at the next boot.
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.live.cli import Stratus
from tests.live.island import Island
from tests.live.patience import until

NAMESPACES = ("--mount", "--net", "--uts", "--ipc", "--pid", "--cgroup")
MASKED = (
    *("systemd-tmpfiles-setup", "systemd-tmpfiles-setup-dev", "systemd-tmpfiles-clean"),
    *("systemd-udevd", "systemd-udev-trigger", "systemd-logind", "systemd-networkd", "systemd-resolved"),
    *("networking", "ssh", "docker", "cron"),
)
# What a machine that has just been made does not have, though this one may.
NOT_THERE = ("/etc/systemd/system/*", "/var/lib/stratus", "/etc/stratuslab", "/etc/libvirt/qemu/*.xml")
BOOT = f"""\
set -e
cd "$1"
mkdir -p files work root
mount -t overlay overlay -o lowerdir=/,upperdir="$1/files",workdir="$1/work" root
cd root
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 island run
mount -t tmpfs -o mode=755 island dev
for device in null zero full random urandom tty kvm; do [ ! -e /dev/$device ] || cp -a /dev/$device dev/; done
mkdir dev/pts dev/shm dev/net run/lock
cp -a /dev/net/tun dev/net/
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
if [ ! -e ../made ]; then
    for path in {" ".join(f".{path}" for path in NOT_THERE)}; do rm -rf $path; done
    for unit in {" ".join(MASKED)}; do ln -s /dev/null etc/systemd/system/$unit.service; done
    # libvirt would give each guest a /dev of its own, made from what devtmpfs has; this one is a plain folder.
    echo 'namespaces = []' >>etc/libvirt/qemu.conf
    touch ../made
fi
ip link set lo up
hostname lt-systemd
exec env -i container=stratus PATH="$PATH" TERM=dumb chroot . /lib/systemd/systemd
"""


@dataclass(frozen=True)
class Booted(Island):
    """The machine while it runs."""

    def state_of(self, unit: str) -> str:
        """What systemd says of a unit: active, failed, and so on."""
        return self.run("systemctl", "is-active", unit, status=None).strip()

    def pid_of(self, unit: str) -> int:
        """The main process of a unit, by its number there."""
        return int(self.run("systemctl", "show", "-p", "MainPID", "--value", unit))


@contextmanager
def booted(disk: Path, home: Path) -> Iterator[Booted]:
    """The machine whose files are in `disk`, from its boot until its power fails."""
    argv = ["unshare", *NAMESPACES, "--fork", "--kill-child", "--propagation", "private"]
    with (home / "boot.log").open("ab") as log:
        process = subprocess.Popen(
            [*argv, "/bin/sh", "-c", BOOT, "boot", str(disk)], stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        until(lambda: bool(children.read_text()), deadline_s=20, what="the first process")
        first = children.read_text().split()[0]
        prefix = ("nsenter", "--target", first, *NAMESPACES, "--root", "--wd", "--")
        found = Booted(Stratus(home, {"STRATUSLAB_CPU_RATIO": "64"}, prefix), prefix, int(first))
        until(lambda: _is_up(found), deadline_s=60, what=f"systemd; see {home / 'boot.log'}")
        yield found
    finally:
        process.kill()
        process.wait(timeout=20)


def _is_up(machine: Booted) -> bool:
    return machine.run("systemctl", "is-system-running", status=None).strip() in ("running", "degraded")
