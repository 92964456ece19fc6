"""A session on another machine through the OpenSSH client, whose configuration, keys and agent are the user's own.

One connection is opened and shared by all that runs there, so that a password is asked for once: by ssh itself, on the
terminal. It is never in our hands."""

import contextlib
import shlex
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from stratus.errors import DeadlineExceeded, NodeUnreachable, NotFound
from stratus.model.node import HostKey, Login, Ran

_CONNECT_S = 15
_LOGIN_S = 120.0  # somebody may have to type a password
_BROKEN = 255  # what ssh itself ends with
_NAME = "stratus-machine"  # under which the one key is known that is accepted
Trust = Callable[
    [Path], Sequence[str]
]  # the options that say whom to trust; they may keep files in the session's folder


def only(key: HostKey) -> Trust:
    """Trust the machine that has this host key, and no other."""

    def options(folder: Path) -> Sequence[str]:
        known = folder / "known_hosts"
        known.write_text(f"{_NAME} {key.type} {key.base64}\n", "utf-8")
        return _words({"HostKeyAlias": _NAME, "UserKnownHostsFile": str(known), "StrictHostKeyChecking": "yes"})

    return options


class SshShell:
    """Implements `Shell`."""

    def __init__(self, login: Login, trust: Trust) -> None:
        """Log in to the machine that is trusted. Raises NodeUnreachable."""
        self._login = login
        self._folder = tempfile.mkdtemp(prefix="stratus-")  # for the user alone
        try:
            self._trusting = trust(Path(self._folder))
            self._connect()
        except BaseException:
            self.close()
            raise

    def run(
        self, argv: Sequence[str], *, input: bytes = b"", say: Callable[[str], None], timeout_s: float = 60.0
    ) -> Ran:
        """As Shell.run."""
        command = [*self._ssh(), self._login.host, "--", shlex.join(argv)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert process.stdin and process.stdout and process.stderr
        late = threading.Event()

        def give_up() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(timeout_s, give_up)
        helpers = [
            threading.Thread(target=_feed, args=(process.stdin, input), daemon=True),
            threading.Thread(target=_tell, args=(process.stderr, say), daemon=True),
        ]
        for thread in (timer, *helpers):
            thread.start()
        try:
            output = process.stdout.read()
            status = process.wait()
        except BaseException:
            process.kill()
            raise
        finally:
            timer.cancel()
            for thread in helpers:
                thread.join()
            process.stdout.close()
        if late.is_set():
            raise DeadlineExceeded(f"{self._login.host}: `{argv[0]}` took longer than {timeout_s:g} s")
        if status == _BROKEN:
            raise NodeUnreachable(f"{self._login.host}: the connection broke", hint="the same command goes on with it")
        return Ran(status, output.decode("utf-8", "replace"))

    def close(self) -> None:
        """As Shell.close."""
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run([*self._ssh(), "-O", "exit", self._login.host], capture_output=True, timeout=10, check=False)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _connect(self) -> None:
        """A connection in the background, which ends by itself some time after its last user."""
        options = ["-o", "ControlMaster=yes", "-o", "ControlPersist=60", *self._authentication()]
        # A background process keeps what it inherits: a pipe would never end.
        said = Path(self._folder, "said")
        with said.open("wb") as errors:
            try:
                done = subprocess.run(
                    [*self._ssh(), *options, self._login.host, "--", "true"],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=errors,
                    timeout=_LOGIN_S,
                    check=False,
                )
            except FileNotFoundError as error:
                raise NotFound("there is no program ssh", hint="apt-get install openssh-client") from error
            except subprocess.TimeoutExpired as error:
                raise NodeUnreachable(f"{self._login.host}: nobody was let in within {_LOGIN_S:g} s") from error
        if done.returncode != 0:
            raise self._refused(said.read_text("utf-8", "replace").strip())

    def _ssh(self) -> list[str]:
        options = {
            "ControlPath": f"{self._folder}/way",
            "GlobalKnownHostsFile": "/dev/null",
            "UpdateHostKeys": "no",
            "CheckHostIP": "no",
            "ConnectTimeout": str(_CONNECT_S),
            "ServerAliveInterval": "15",
            "ServerAliveCountMax": "3",
            "LogLevel": "ERROR",
        }
        return ["ssh", *_words(options), *self._trusting, "-T", "-p", str(self._login.port), "-l", self._login.user]

    def _authentication(self) -> list[str]:
        if self._login.ask_password:
            return ["-o", "PubkeyAuthentication=no", "-o", "PreferredAuthentications=keyboard-interactive,password"]
        own = ["-i", self._login.key_file, "-o", "IdentitiesOnly=yes"] if self._login.key_file else []
        return [*own, "-o", "BatchMode=yes"]

    def _refused(self, said: str) -> NodeUnreachable:
        there = f"{self._login.user}@{self._login.host}"
        last = said.splitlines()[-1] if said else "ssh says nothing"
        hint = f"try: ssh -p {self._login.port} {there}; then --user, --key or --ask-password as it wants them"
        return NodeUnreachable(f"{there} is not let in: {last}", hint=hint)


def _words(options: Mapping[str, str]) -> list[str]:
    return [word for name, value in options.items() for word in ("-o", f"{name}={value}")]


def _feed(stream: IO[bytes], content: bytes) -> None:
    with contextlib.suppress(BrokenPipeError, OSError):  # a program that reads no further is not refused for that
        stream.write(content)
    with contextlib.suppress(BrokenPipeError, OSError):
        stream.close()


def _tell(stream: IO[bytes], say: Callable[[str], None]) -> None:
    with stream:
        for line in stream:
            say(line.decode("utf-8", "replace").rstrip("\r\n"))
