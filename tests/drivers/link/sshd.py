"""A real sshd for tests: OpenSSH on a free port of 127.0.0.1, with keys, configuration and log in a folder of its own."""

import os
import pwd
import re
import signal
import socket
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from stratus.drivers.link.hostkeys import HostKey, host_key, pin
from stratus.drivers.link.ssh import SshLink
from stratus.model.node import Reach
from stratus.nodeagent.entry import authorized_keys_line
from tests.drivers.link.places import AGENT, eventually

NODE = "n1"


class Sshd:
    """Started at once; `stop` ends it with its sessions. It lets in the account that runs the tests."""

    def __init__(self, folder: Path, agent: Sequence[str] = AGENT, *, settings: str = "") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.port = free_port()
        self.user = pwd.getpwuid(os.getuid()).pw_name
        self.private_key, self.known_hosts = str(folder / "id_ed25519"), str(folder / "known_hosts")
        self.log = folder / "sshd.log"
        self._settings = settings
        make_key(self.private_key)
        make_key(str(folder / "host_key"))
        self.authorise(agent)
        pin(self.known_hosts, NODE, self.host_key)
        self.start()

    @property
    def host_key(self) -> HostKey:
        kind, encoded = (self.folder / "host_key.pub").read_text().split()[:2]
        return host_key(kind, encoded)

    @property
    def reach(self) -> Reach:
        return Reach(host="127.0.0.1", port=self.port, user=self.user)

    def link(self, **changes: str) -> SshLink:
        return SshLink(NODE, self.reach, connect_timeout_s=10, **(self.files() | changes))

    def files(self) -> dict[str, str]:
        return {"private_key": self.private_key, "known_hosts": self.known_hosts}

    def authorise(self, agent: Sequence[str]) -> None:
        """Let the front end's key start `agent`, and no other key anything."""
        line = authorized_keys_line(Path(f"{self.private_key}.pub").read_text(), agent)
        (self.folder / "authorized_keys").write_text(line + "\n")

    def logins(self) -> int:
        """How often somebody has logged in."""
        return len(re.findall("^Accepted publickey", self.log.read_text(), re.MULTILINE))

    def sessions(self) -> list[int]:
        """The processes of sshd that serve a connection."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text().split()]

    def kill_sessions(self) -> None:
        """What a crash, or an administrator, does to the connections that are open."""
        pids = self.sessions()
        for pid in pids:
            with suppress(FileNotFoundError, ProcessLookupError):  # it may end by itself meanwhile
                for grandchild in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
                    if Path(f"/proc/{grandchild}/comm").read_text().startswith("sshd"):  # sshd-session since 9.8
                        os.kill(int(grandchild), signal.SIGKILL)
                os.kill(pid, signal.SIGKILL)
        eventually(lambda: not set(pids) & set(self.sessions()))

    def start(self) -> None:
        self._configure()
        before = self._starts()
        if os.getuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # the one thing of root's sshd that has no setting
        command = ["/usr/sbin/sshd", "-D", "-f", str(self.folder / "sshd_config"), "-E", str(self.log)]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        try:
            eventually(lambda: self._starts() > before)
        except AssertionError:
            self.process.kill()
            raise

    def stop(self) -> None:
        if self.process.poll() is None:
            try:
                self.kill_sessions()
            finally:
                self.process.terminate()
                self.process.wait(10)

    def _starts(self) -> int:
        return self.log.read_text().count("Server listening") if self.log.exists() else 0

    def _configure(self) -> None:
        (self.folder / "sshd_config").write_text(
            f"""
            ListenAddress 127.0.0.1:{self.port}
            HostKey {self.folder}/host_key
            PidFile none
            AuthorizedKeysFile {self.folder}/authorized_keys
            StrictModes no
            UsePAM no
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            PermitRootLogin yes
            PermitUserEnvironment no
            LogLevel VERBOSE
            {self._settings}
            """
        )


class NewSshd(Protocol):
    """What the fixture `new_sshd` gives: each call starts one, which ends with the test."""

    def __call__(self, agent: Sequence[str] = AGENT, *, settings: str = "") -> Sshd: ...


def make_key(path: str) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True, timeout=20)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
