"""The gate over the system's own ssh: it knows the user's agent, keys, tokens and jump hosts, and a connection that one
command opened serves the next ones for a minute."""

import contextlib
import hashlib
import os
import shlex
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeVar

from stratus.drivers.gate.conversation import Conversation
from stratus.drivers.gate.known_hosts import alias
from stratus.drivers.gate.protocol import Progress, Waited
from stratus.drivers.gate.streams import Ends, Streams
from stratus.drivers.gate.trouble import trouble_of
from stratus.errors import ConfigError, GateUnreachable, NotFound, StratusError
from stratus.model.endpoint import Endpoint
from stratus.model.values import dataclass

if TYPE_CHECKING:
    from stratus.model.requests import Request
    from stratus.model.wire import Welcome

T = TypeVar("T")
KEPT_S = 60  # how long a connection stays open for the next command
_LONGEST_SOCKET = 107 - 17  # sun_path of unix(7), less the ending that ssh adds while it makes one
_LAST_WORDS_BYTES = 8192
_HANG_UP_S = 3.0


@dataclass(frozen=True)
class Identity:
    """Where the user's ssh things for gates are, and which key opens this one."""

    folder: str  # of known_hosts and of the sockets of open connections
    key: str = ""  # a private key's file; "" leaves the choice to ssh
    known_hosts: str = ""  # instead of the one in the folder

    @property
    def hosts_file(self) -> str:
        """The gates' host keys."""
        return self.known_hosts or f"{self.folder}/known_hosts"


class SshGate:
    """The gate at an endpoint, by the program ssh."""

    def __init__(self, endpoint: Endpoint, identity: Identity, *, timeout_s: float) -> None:
        self._endpoint = endpoint
        self._identity = identity
        self._timeout_s = timeout_s
        self._open: tuple[Conversation, Welcome] | None = None

    def welcome(self) -> "Welcome":
        """As Gate.welcome."""
        return self._opened()[1]

    def perform(self, request: "Request[T]", progress: Progress, waited: Waited) -> T:
        """As Gate.perform."""
        return self._opened()[0].perform(request, progress, waited)

    def upload(self, path: str, progress: Progress) -> str:
        """As Gate.upload."""
        return self._opened()[0].upload(path, progress)

    def attach(self, words: Sequence[str]) -> int:
        """As Gate.attach."""
        # In a terminal that is raw Ctrl-C is a character like others, so nobody but the console hears it.
        try:
            line = ssh_line(self._endpoint, self._identity, words, options=("-tt",))
            status = subprocess.run(line, check=False).returncode
        except FileNotFoundError as error:
            raise no_ssh() from error
        return status if status >= 0 else 128 - status

    def stream(self, words: Sequence[str]) -> tuple[str, ...]:
        """As Gate.stream."""
        return tuple(ssh_line(self._endpoint, self._identity, words, options=("-T",)))

    def close(self) -> None:
        """As Gate.close."""
        if self._open:
            self._open[0].close()
            self._open = None

    def _opened(self) -> "tuple[Conversation, Welcome]":
        if self._open is None:
            make_folder(self._identity.folder)
            kept = Path(_socket(self._endpoint, self._identity) or "/nowhere")
            was_kept = kept.is_socket()
            try:
                self._open = self._begun()
            except GateUnreachable:
                if not was_kept or not kept.is_socket():
                    raise
                # The kept connection may have died without a word, as when a laptop slept. Nothing was asked yet.
                hang_up(str(kept))
                self._open = self._begun()
        return self._open

    def _begun(self) -> "tuple[Conversation, Welcome]":
        conversation = Conversation(Streams(self._started()), str(self._endpoint))
        try:
            return conversation, conversation.begin(self._timeout_s)
        except BaseException:
            conversation.close()
            raise

    def _started(self) -> Ends:
        wait = ("-T", "-o", f"ConnectTimeout={max(1, round(self._timeout_s))}")
        # A file, not a pipe: the connection that stays open for the next command may keep it open too.
        words = tempfile.TemporaryFile(prefix="stratus-ssh-")  # noqa: SIM115
        try:
            child = subprocess.Popen(
                ssh_line(self._endpoint, self._identity, options=wait),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=words,
                bufsize=0,
                process_group=0,  # Ctrl-C is ours to answer
            )
        except FileNotFoundError as error:
            raise no_ssh() from error
        assert child.stdin and child.stdout
        running = _Running(child, words, self._endpoint)
        return Ends(child.stdout.fileno(), child.stdin.fileno(), running.close, running.cause)


def ssh_line(
    endpoint: Endpoint, identity: Identity, words: Sequence[str] = (), *, options: Sequence[str] = ()
) -> list[str]:
    """The command line of ssh that comes to the gate and has it do what `words` say; () is the protocol."""
    socket = _socket(endpoint, identity)
    settings = {
        "BatchMode": "yes",
        "StrictHostKeyChecking": "yes",
        "UserKnownHostsFile": quoted(identity.hosts_file),
        "HostKeyAlias": alias(endpoint),
        "UpdateHostKeys": "no",
        "ControlMaster": "auto" if socket else "no",
        "ControlPath": quoted(socket) if socket else "none",
        "ControlPersist": str(KEPT_S),
        "ServerAliveInterval": "15",
        "ServerAliveCountMax": "3",
        "ForwardAgent": "no",
        "ForwardX11": "no",
        "ClearAllForwardings": "yes",
        "PermitLocalCommand": "no",
        "RemoteCommand": "none",
        "LogLevel": "ERROR",
        **({"IdentityFile": quoted(identity.key), "IdentitiesOnly": "yes"} if identity.key else {}),
    }
    flags = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
    there = ["-l", endpoint.user, "-p", str(endpoint.port), "--", endpoint.host]
    said = [shlex.join(("stratus-gate", *words))] if words else []
    return ["ssh", *options, *flags, *there, *said]


def no_ssh() -> NotFound:
    """What is wrong where ssh is not installed."""
    return NotFound("there is no program ssh", hint="install the OpenSSH client: apt-get install openssh-client")


def hang_up(socket: str) -> None:
    """Have the next command open a connection of its own. May be called when there is none."""
    try:
        argv = ["ssh", "-F", "none", "-o", f"ControlPath={quoted(socket)}", "-O", "exit", "gate"]
        subprocess.run(argv, capture_output=True, timeout=_HANG_UP_S, check=False)
    except subprocess.TimeoutExpired:
        pass
    Path(socket).unlink(missing_ok=True)


def make_folder(path: str) -> None:
    """The folder where what belongs to gates is kept. Raises ConfigError."""
    try:
        Path(path).mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{path} cannot be made: {error.strerror}", hint="HOME is where it would be") from error


def quoted(path: str) -> str:
    """A path as one word in a value of ssh_config(5), where % begins a token."""
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'


def _socket(endpoint: Endpoint, identity: Identity) -> str:
    """Where connections to this gate with this key meet; "" where the path would be too long for a socket."""
    one = f"{endpoint.user}@{endpoint.host}:{endpoint.port} {identity.key} {identity.hosts_file}"
    path = f"{identity.folder}/{hashlib.sha256(one.encode()).hexdigest()[:16]}"
    return path if len(os.fsencode(path)) <= _LONGEST_SOCKET else ""


class _Running:
    """The ssh of one conversation."""

    def __init__(self, child: subprocess.Popen[bytes], words: IO[bytes], endpoint: Endpoint) -> None:
        self._child = child
        self._words = words
        self._endpoint = endpoint

    def close(self) -> None:
        """End it: the front end sees that nothing more comes, and so does ssh."""
        for stream in (self._child.stdin, self._child.stdout):
            assert stream
            with contextlib.suppress(OSError):
                stream.close()
        try:
            self._child.wait(0.5)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._words.close()

    def cause(self) -> StratusError:
        """Why it ended."""
        try:
            status = self._child.wait(2.0)
        except subprocess.TimeoutExpired:
            return GateUnreachable(f"{self._endpoint}: the gate has closed the channel", hint="try it again")
        if status == -signal.SIGKILL:
            return GateUnreachable(f"{self._endpoint}: ssh was killed", hint="try it again")
        self._words.seek(max(0, self._words.seek(0, os.SEEK_END) - _LAST_WORDS_BYTES))
        said = self._words.read().decode("utf-8", "replace")
        return trouble_of(self._endpoint, status, said)
