"""Bare machines for a cloud of several: each with an sshd, a disk that outlives a power cut, and a cable to one switch.

They are namespaces of this machine (island.py). Where a cable ends a bridge of the site's is waiting, br0, with the
machine's address, so that guests on different machines are on one network."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.live.island import OWN_FOLDERS, Island, island

SENT, KEYS = "/usr/lib/stratus", "/root/.ssh"
FOLDERS = (*OWN_FOLDERS, SENT, KEYS)
NETWORK = "10.99.0"
PUBLIC = (
    f"-c 'one_public_network_addr={NETWORK}.101 {NETWORK}.102 {NETWORK}.103 {NETWORK}.104 {NETWORK}.105' -c dhcp=True "
    f"-c dhcp_one_public_network=True -c dhcp_one_public_network_subnet={NETWORK}.0"
)
PASSWORD = "correct horse"
# A distribution's sshd as it comes, but for the files: those of this machine are not touched.
SSHD = """\
HostKey /root/.ssh/host_key
PidFile /run/lt/sshd.pid
PermitRootLogin yes
PasswordAuthentication yes
UsePAM no
"""


@dataclass(frozen=True)
class Switch:
    """A network between machines: a bridge in a place of its own, and the process that holds it."""

    pid: int

    def plug(self, machine: Island, number: int) -> None:
        """A cable from it to the machine's eth0, which is in its br0."""
        here = f"lt{number}"
        argv = ["ip", "link", "add", here, "type", "veth", "peer", "name", f"{here}b"]
        subprocess.run(argv, check=True, timeout=10)
        for end, pid, name in ((here, self.pid, here), (f"{here}b", machine.pid, "eth0")):
            subprocess.run(["ip", "link", "set", end, "netns", str(pid), "name", name], check=True, timeout=10)
        self.run(f"link set {here} master lan up")
        for words in ("link add br0 type bridge", "link set eth0 master br0 up", "link set br0 up"):
            machine.run("ip", *words.split())
        machine.run("ip", "address", "add", f"{NETWORK}.{number}/24", "dev", "br0")

    def run(self, words: str) -> None:
        """`ip` there."""
        enter = ("nsenter", "--target", str(self.pid), "--net", "--")
        subprocess.run((*enter, "ip", *words.split()), check=True, timeout=10)


@contextmanager
def switched() -> Iterator[Switch]:
    """The switch, until it goes with all its cables."""
    process = subprocess.Popen(["unshare", "--net", "sleep", "600"])
    try:
        switch = Switch(process.pid)
        while Path(f"/proc/{process.pid}/ns/net").readlink() == Path("/proc/self/ns/net").readlink():
            pass
        for words in ("link set lo up", "link add lan type bridge", "link set lan up"):
            switch.run(words)
        yield switch
    finally:
        process.kill()
        process.wait(timeout=10)


@dataclass
class Machine:
    """A machine with an sshd, whose power may be cut."""

    home: Path
    number: int
    switch: Switch
    libvirtd: bool = False  # once it is a node, its boot starts libvirtd
    _power: ExitStack = field(default_factory=ExitStack)
    _island: Island | None = None

    @property
    def name(self) -> str:
        """What it is called as a node."""
        return f"n{self.number - 1}"

    @property
    def address(self) -> str:
        """Where the front end finds it."""
        return f"{NETWORK}.{self.number}"

    @property
    def island(self) -> Island:
        """The machine, as long as it has power."""
        assert self._island is not None, f"{self.name} is off"
        return self._island

    @property
    def fingerprint(self) -> str:
        """That of its host key."""
        return self.island.run("ssh-keygen", "-lf", f"{KEYS}/host_key.pub").split()[1]

    def boot(self) -> None:
        """Power on: what its init starts."""
        disk = self.home / "disk"
        self._island = self._power.enter_context(island(self.home, f"lt-{self.name}", FOLDERS, disk=disk))
        self.switch.plug(self.island, self.number)
        (self.home / "sshd_config").write_text(SSHD)
        self.island.run("mount", "--bind", str(_shadow(self.home)), "/etc/shadow")
        self.island.run("mkdir", "-p", "/run/lt", "/run/sshd")
        if not (disk / KEYS[1:] / "host_key").exists():
            self.island.run("chmod", "0700", KEYS)
            self.new_host_key()
        self.island.run("/usr/sbin/sshd", "-f", str(self.home / "sshd_config"))
        if self.libvirtd:
            self.island.run("virtlogd", "--daemon")
            self.island.run("libvirtd", "--daemon")

    def cut(self) -> None:
        """The power is gone, in the middle of whatever it did."""
        self._power.close()
        self._island = None

    def new_host_key(self) -> None:
        """Another one than it had, as after it was installed anew."""
        self.island.run("rm", "-f", f"{KEYS}/host_key")
        self.island.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{KEYS}/host_key")

    def files(self) -> dict[str, str]:
        """All files of its own, with owner, mode and content's size, but for what libvirt writes for itself."""
        lines = self.island.run("find", *FOLDERS, "-not", "-type", "s", "-printf", "%p %M %u:%g\\n").splitlines()
        return dict(line.split(" ", 1) for line in lines if "libvirt" not in line)


def made_folders(stack: ExitStack) -> None:
    """Folders that are only there to be covered in the namespaces; those that are new go again."""
    for path in (Path(SENT), Path(KEYS)):
        if not path.exists():
            path.mkdir(mode=0o700)
            stack.callback(path.rmdir)


def _shadow(home: Path) -> Path:
    """A file of passwords in which root has ours."""
    path = home / "shadow"
    if not path.exists():
        argv = ["openssl", "passwd", "-6", PASSWORD]
        hashed = subprocess.run(argv, capture_output=True, check=True, text=True, timeout=10).stdout
        path.write_text(f"root:{hashed.strip()}:20000:0:99999:7:::\n")
    return path


def let_in(machine: Machine, key: Path) -> None:
    """The administrator's key opens it."""
    shutil.copyfile(f"{key}.pub", machine.home / "disk" / KEYS[1:] / "authorized_keys")
    machine.island.run("chmod", "0600", f"{KEYS}/authorized_keys")
