"""The DHCP and DNS server of one bridge: a dnsmasq that outlives the command which started it."""

import logging
import os
import select
import shutil
import signal
from collections.abc import Sequence
from pathlib import Path

from stratus.drivers.network.commands import Run
from stratus.drivers.network.records import write_file
from stratus.errors import Conflict, DeadlineExceeded
from stratus.model.argv.network import serve, server_folder
from stratus.model.dnsmasq import configuration, lease_line, name_line
from stratus.model.inspection import HostSeen
from stratus.model.network import Bridge, Port

log = logging.getLogger(__name__)
STOP_DEADLINE_S = 5.0


class Server:
    """One dnsmasq, told by files. It sees new files by itself; of changed and vanished ones it is told by a signal."""

    def __init__(self, bridge_name: str, state_dir: Path, run: Run) -> None:
        self.folder = Path(server_folder(bridge_name, str(state_dir)))
        self._state_dir = state_dir
        self._run = run
        self._leases = self.folder / "leases"
        self._names = self.folder / "names"
        self._configuration = self.folder / "dnsmasq.conf"

    def ensure(self, bridge: Bridge, ports: Sequence[Port]) -> None:
        """Have it run with this configuration and exactly these ports. Raises CommandFailed, Conflict."""
        for each in (self._leases, self._names):
            each.mkdir(parents=True, exist_ok=True)
        for each in (self.folder.parent, self.folder, self._leases, self._names):
            each.chmod(0o755)
        _check_reachable(self.folder)
        changed = self._sync(bridge, ports)
        text = configuration(bridge, str(self.folder))
        if self._pid() and _content(self._configuration) != text:
            self.stop()
        if not self._pid():
            write_file(self._configuration, text)
            self._run(serve(bridge, str(self._state_dir)))
            log.info("dnsmasq serves %s", bridge.name)
        elif changed:
            self._signal(signal.SIGHUP)

    def admit(self, bridge: Bridge, port: Port) -> None:
        """Answer this port from now on."""
        changed = _put(self._leases / port.tap, lease_line(port, bridge))
        changed |= _put(self._names / port.tap, name_line(port, bridge.domain))
        if changed:
            self._signal(signal.SIGHUP)

    def forget(self, tap: str) -> None:
        """Answer that port no more."""
        there = [path for path in (self._leases / tap, self._names / tap) if path.exists()]
        for path in there:
            path.unlink()
        if there:
            self._signal(signal.SIGHUP)

    def hosts(self) -> tuple[HostSeen, ...]:
        """The cards that it answers, by tap."""
        if not self._leases.is_dir():
            return ()
        return tuple(
            HostSeen(self.folder.name, path.name, _content(path))
            for path in sorted(self._leases.iterdir())
            if not path.name.startswith(".")
        )

    def runs(self) -> bool:
        """Whether it is there."""
        return self._pid() != 0

    def stop(self) -> None:
        """End it, and wait until it is gone and its ports are free."""
        pid = self._pid()
        if not pid:
            return
        try:
            process = os.pidfd_open(pid)
        except ProcessLookupError:
            return
        try:
            signal.pidfd_send_signal(process, signal.SIGTERM)
            poll = select.poll()
            poll.register(process, select.POLLIN)
            if not poll.poll(STOP_DEADLINE_S * 1000):
                raise DeadlineExceeded(f"dnsmasq does not end: see {self.folder / 'dnsmasq.pid'}")
        except ProcessLookupError:
            log.debug("dnsmasq %d ended by itself", pid)
        finally:
            os.close(process)

    def remove(self) -> None:
        """End it and take its files away."""
        self.stop()
        if self.folder.exists():
            shutil.rmtree(self.folder)

    def _sync(self, bridge: Bridge, ports: Sequence[Port]) -> bool:
        """Make the files those of the ports; whether a file changed or went, which dnsmasq does not see by itself."""
        taps = {port.tap for port in ports}
        gone = [path for each in (self._leases, self._names) for path in each.iterdir() if path.name not in taps]
        for path in gone:
            path.unlink()
        changed = [_put(self._leases / port.tap, lease_line(port, bridge)) for port in ports]
        changed += [_put(self._names / port.tap, name_line(port, bridge.domain)) for port in ports]
        return bool(gone) or any(changed)

    def _pid(self) -> int:
        """The process, if it is alive and really ours; else 0. A pid file may be older than the last boot."""
        try:
            pid = int((self.folder / "dnsmasq.pid").read_text())
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError):
            return 0
        return pid if f"--conf-file={self._configuration}".encode() in words else 0

    def _signal(self, number: signal.Signals) -> None:
        pid = self._pid()
        if pid:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                log.debug("dnsmasq %d ended by itself", pid)


def _put(path: Path, text: str) -> bool:
    """Write the file unless it says so already; whether it said something else before."""
    before = _content(path)
    if before != text:
        write_file(path, text)
    return before not in ("", text)


def _content(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def _check_reachable(folder: Path) -> None:
    """dnsmasq gives up root, and reads its folders as nobody."""
    for each in (folder, *folder.parents):
        if not each.stat().st_mode & 0o001:
            raise Conflict(f"dnsmasq cannot enter {each}", hint=f"chmod o+x {each}")
