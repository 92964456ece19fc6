"""A guest for tests: the appliance under qemu itself, with user-mode networking on loopback, no libvirt."""

import contextlib
import json
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
UUID = "6f1c2d3e-0000-4000-8000-00000000a001"


def until(look: Callable[[], T | None], *, deadline_s: float, what: str) -> T:
    """The first thing that `look` gives that is not None or False."""
    ticks, end = threading.Event(), time.monotonic() + deadline_s
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        ticks.wait(0.1)
    raise AssertionError(f"waited {deadline_s:g} s for {what}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Qmp:
    """qemu's own control socket."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(20)
        self._socket.connect(str(path))
        self._file = self._socket.makefile("rw")
        json.loads(self._file.readline())
        self("qmp_capabilities")

    def __call__(self, command: str, **arguments: Any) -> Any:
        self._file.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self._file.flush()
        while True:
            answer = json.loads(self._file.readline())
            if "event" not in answer:
                assert "return" in answer, answer
                return answer["return"]

    def close(self) -> None:
        self._file.close()
        self._socket.close()


class Console:
    """The other end of the serial line. It is read all the time: a line that nobody reads stops who writes."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(path))
        self._said = bytearray()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def type(self, text: str) -> None:
        self._socket.sendall(text.encode())

    def said(self) -> str:
        return bytes(self._said).decode(errors="replace").replace("\r", "")

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._reader.join(timeout=10)
        self._socket.close()

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            while data := self._socket.recv(65536):
                self._said += data


@dataclass
class Guest:
    """One running guest; `seconds` is what it took from start to the first SSH command that worked."""

    process: subprocess.Popen[bytes]
    folder: Path
    key: Path
    ssh_port: int
    http_port: int
    qmp: Qmp
    console: Console
    seconds: float = 0.0
    extra: dict[str, Path] = field(default_factory=dict)

    def ssh_argv(self, *options: str) -> list[str]:
        known = self.folder / "known_hosts"
        always = ["BatchMode=yes", "ConnectTimeout=5", "IdentitiesOnly=yes", "LogLevel=ERROR", "ServerAliveInterval=5"]
        return [
            *("ssh", "-F", "none", "-i", str(self.key), "-p", str(self.ssh_port)),
            *("-o", f"UserKnownHostsFile={known}", "-o", "StrictHostKeyChecking=accept-new"),
            *(word for option in (*always, *options) for word in ("-o", option)),
            "root@127.0.0.1",
        ]

    def try_ssh(self, command: str, *options: str, timeout_s: float = 20) -> subprocess.CompletedProcess[bytes]:
        argv = [*self.ssh_argv(*options), command]
        try:
            return subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout_s, check=False)
        except subprocess.TimeoutExpired:
            return subprocess.CompletedProcess(argv, 255, b"", b"deadline")

    def ssh(self, command: str) -> bytes:
        done = self.try_ssh(command)
        assert done.returncode == 0, (done.returncode, done.stdout, done.stderr)
        return done.stdout

    def wait_for(self, command: str, *, deadline_s: float = 30) -> bytes:
        """The output of the command, as soon as it succeeds."""
        done = until(
            lambda: done if (done := self.try_ssh(command)).returncode == 0 else None,
            deadline_s=deadline_s,
            what=f"{command}; the console says:\n{self.log()[-3000:]}",
        )
        return done.stdout

    def log(self) -> str:
        """All that the serial console said."""
        return self.console.said()


@contextmanager
def running(
    image: Path, folder: Path, key: Path, *, devices: tuple[str, ...] = (), machine: str = "q35"
) -> Iterator[Guest]:
    """Start the image on a fresh overlay with a spare hot-plug port, wait for SSH; end it afterwards."""
    folder.mkdir(parents=True)
    overlay = folder / "root.qcow2"
    create = ["qemu-img", "create", "-q", "-f", "qcow2", "-b", str(image), "-F", "qcow2", str(overlay)]
    subprocess.run(create, check=True, timeout=30)
    ssh_port, http_port = free_port(), free_port()
    argv = [
        *("qemu-system-x86_64", "-M", machine, "-accel", "tcg", "-cpu", "max", "-m", "256", "-uuid", UUID),
        *("-nodefaults", "-display", "none", "-vga", "none"),
        *("-chardev", f"socket,id=tty,path={folder}/tty,server=on,wait=off"),
        *("-serial", "chardev:tty", "-qmp", f"unix:{folder}/qmp,server=on,wait=off"),
        *("-drive", f"if=none,id=root,file={overlay},format=qcow2,cache=unsafe"),
        *("-device", "virtio-blk-pci,drive=root,bootindex=1"),
        *("-netdev", f"user,id=net,hostfwd=tcp:127.0.0.1:{ssh_port}-:22,hostfwd=tcp:127.0.0.1:{http_port}-:80"),
        *("-device", "virtio-net-pci,netdev=net,mac=52:54:0a:00:02:0f"),
        *(
            word
            for number in (1, 2)
            for word in ("-device", f"pcie-root-port,id=spare{number},chassis={number},slot={number}")
        ),
        *devices,
    ]
    started = time.monotonic()
    with (folder / "qemu.log").open("wb") as errors:
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=errors, stderr=errors)
    try:
        until(lambda: (folder / "qmp").exists() and (folder / "tty").exists(), deadline_s=10, what="qemu")
        guest = Guest(process, folder, key, ssh_port, http_port, Qmp(folder / "qmp"), Console(folder / "tty"))
        guest.wait_for("true", deadline_s=90)
        guest.seconds = time.monotonic() - started
        yield guest
        guest.qmp.close()
        guest.console.close()
    finally:
        process.kill()
        process.wait(timeout=10)
