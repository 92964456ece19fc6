"""A machine of the tests' own inside this one: namespaces in which another cloud is installed, to kill parts of it.

Processes, network, mounts and host name are its own; the programs and their configuration are this machine's. What
is written below /run, /var/lib/stratus, /etc/stratuslab and libvirt's folders is gone with it unless it has a disk, and
so is every process: its end is a power failure.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.live.cli import Stratus
from tests.live.patience import until

OWN_FOLDERS = (
    "/run",
    "/etc/libvirt/qemu",
    "/var/lib/stratus",
    "/etc/stratuslab",
    "/var/lib/libvirt",
    "/var/log/libvirt",
)
NAMESPACES = ("--mount", "--net", "--uts", "--ipc", "--pid")
# The first process of a name space must bury those whose parents are gone: the shell does so while it waits.
# What root's own shell does at a login may take locks in root's home, which would outlive this machine's end.
# The machine's control groups are hidden, so that this libvirt never takes one for its own.
INIT = """\
set -e
for folder in $OWN_FOLDERS; do
  mkdir -p "$folder"
  if [ -n "$DISK" ] && [ "$folder" != /run ]; then
    mkdir -p "$DISK$folder"
    mount --bind "$DISK$folder" "$folder"
  else
    mount -t tmpfs -o mode=755 island "$folder"
  fi
done
mkdir -p /var/lib/libvirt/qemu /run/lock
umount -R -l /sys
mount -t sysfs sysfs /sys
hostname "$NAME"
ip link set lo up
for file in /root/.bashrc /root/.profile; do [ ! -e $file ] || mount --bind /dev/null $file; done
trap : CHLD
echo ready >"$1"
while :; do sleep 1 & wait $! || :; done
"""


@dataclass(frozen=True)
class Island:
    """The other machine: its command line, and the programs that run on it."""

    stratus: Stratus
    prefix: tuple[str, ...]
    pid: int  # of its first process, as it is called outside

    def run(self, *argv: str, status: int | None = 0) -> str:
        """The output of a program that runs there."""
        done = subprocess.run(
            (*self.prefix, *argv), capture_output=True, timeout=60, check=False, stdin=subprocess.DEVNULL
        )
        assert status is None or done.returncode == status, f"{argv}: {done.returncode}\n{done.stderr!r}"
        return done.stdout.decode()

    def processes(self, text: str) -> list[int]:
        """The processes there, by their numbers there, with this text in their command lines; the first is not told."""
        lines = self.run("ps", "-ww", "-eo", "pid=,args=").splitlines()
        return [int(line.split()[0]) for line in lines if text in line.split(None, 1)[1] and int(line.split()[0]) > 1]

    def kill(self, pids: list[int]) -> None:
        """End processes there without a warning; those that have just ended by themselves do not matter."""
        self.run("kill", "-KILL", *map(str, pids), status=None)

    def read(self, path: str) -> str:
        """The text of a file there."""
        return self.run("cat", path)


@contextmanager
def island(
    home: Path, name: str = "lt-island", own: tuple[str, ...] = OWN_FOLDERS, *, disk: Path | None = None
) -> Iterator[Island]:
    """The machine, bare; it is switched off afterwards. What it wrote is gone then, but for what is on its `disk`."""
    ready = home / "ready"
    ready.unlink(missing_ok=True)
    argv = ["unshare", *NAMESPACES, "--fork", "--kill-child", "--mount-proc", "--propagation", "private"]
    with (home / "island.log").open("wb") as errors:
        process = subprocess.Popen(
            [*argv, "/bin/sh", "-c", INIT, "init", str(ready)],
            stdin=subprocess.DEVNULL,
            stdout=errors,
            stderr=errors,
            env={**os.environ, "OWN_FOLDERS": " ".join(own), "NAME": name, "DISK": str(disk or "")},
        )
    try:
        until(ready.exists, deadline_s=20, what=f"the island; see {home / 'island.log'}")
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        prefix = ("nsenter", "--target", children[0], *NAMESPACES, "--")
        yield Island(Stratus(home, {"STRATUSLAB_CPU_RATIO": "64"}, prefix), prefix, int(children[0]))
    finally:
        process.kill()
        process.wait(timeout=20)
