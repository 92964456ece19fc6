"""This machine, as an installation reads and changes it. The one place in install/ that touches the world."""

import contextlib
import grp
import os
import pwd
import shlex
import shutil
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from stratus.errors import CommandFailed, DeadlineExceeded
from stratus.install.deeds import ROOT, become
from stratus.install.facts import DaemonFact, FileFact
from stratus.install.parsers import start_ticks

_LARGEST_TEXT = 256 * 1024
_STOP_S = 15.0
_PAUSE_S = 0.05
_FIRST_MOMENTS_S = 1.0
# Programs must be found, and messages be those that the parsers know, whatever the caller's environment is.
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def run(argv: Sequence[str], *, account: tuple[str, str] = ROOT, timeout_s: float = 60.0) -> str:
    """What the program printed. Raises CommandFailed with the command line and the end of its output."""
    try:
        done = subprocess.run(
            (*become(account), *argv),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=timeout_s,
            cwd="/",
            env=environment(account[0]),
            check=False,
        )
    except FileNotFoundError as error:
        raise CommandFailed(f"{argv[0]} is not on this machine") from error
    except subprocess.TimeoutExpired as error:
        raise DeadlineExceeded(f"`{' '.join(argv)}` took longer than {timeout_s:g} s") from error
    if done.returncode != 0:
        tail = "\n".join(done.stdout.splitlines()[-15:])
        raise CommandFailed(f"`{' '.join(argv)}` ended with status {done.returncode}:\n{tail}")
    return done.stdout


def succeeds(argv: Sequence[str]) -> bool:
    """Whether the program is there and ends well."""
    with contextlib.suppress(CommandFailed, DeadlineExceeded):
        run(argv, timeout_s=5.0)
        return True
    return False


def environment(user: str) -> dict[str, str]:
    """A plain environment for programs run as `user`; proxies and package tools' own variables stay."""
    kept = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
    names = {"HOME": pwd.getpwnam(user).pw_dir, "USER": user, "LOGNAME": user}
    return {**kept, **names, "PATH": _PATH, "LC_ALL": "C.UTF-8"}


def file_fact(path: str, *, with_text: bool) -> FileFact | None:
    """The file as it is, or None. What we may not look at is not there, for a plan made without root."""
    try:
        status = os.stat(path, follow_symlinks=False)
        kind = "folder" if stat.S_ISDIR(status.st_mode) else "file" if stat.S_ISREG(status.st_mode) else "other"
        small = kind == "file" and status.st_size <= _LARGEST_TEXT
        text = Path(path).read_text("utf-8", "replace") if with_text and small else ""
        if stat.S_ISLNK(status.st_mode):
            kind, text = "link", os.readlink(path)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return None
    owner, group = _user_name(status.st_uid), _group_name(status.st_gid)
    return FileFact(kind, stat.S_IMODE(status.st_mode), owner, group, text, status.st_mtime)


def write(path: str, text: str, *, mode: int, owner: str, group: str) -> None:
    """Write aside, sync, rename; the folders above it must be there."""
    target = Path(path)
    aside = target.with_name(f".{target.name}.{os.getpid()}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
            file.flush()
            _own(file.fileno(), owner, group)
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        aside.rename(target)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise


def make_folder(path: str, *, mode: int, owner: str, group: str) -> None:
    """Make the folder, or give it this owner and mode."""
    Path(path).mkdir(parents=True, exist_ok=True)
    _own(path, owner, group)
    os.chmod(path, mode)


def bring_program(unpacked: str, folder: str, release: str) -> None:
    """Copy what was unpacked to `folder`/`release` and have `current` lead there; what is older than the release before
    goes. May be repeated; at no time does `current` lead to half of anything."""
    place, current = Path(folder, release), Path(folder, "current")
    before = os.readlink(current) if current.is_symlink() else release
    if not place.exists():
        aside = Path(folder, f".{release}.{os.getpid()}")
        shutil.copytree(unpacked, aside)
        os.chmod(aside, 0o755)
        aside.rename(place)
    pointer = Path(folder, f".current.{os.getpid()}")
    pointer.symlink_to(release)
    pointer.replace(current)
    for other in Path(folder).iterdir():
        if other.name not in (release, before, "current"):
            shutil.rmtree(other)


def put_line(path: str, line: str, mark: str) -> None:
    """Have `line` in root's file, in place of whatever line has `mark` in it."""
    _write_lines(path, [*_other_lines(path, mark), line])


def take_line(path: str, mark: str) -> None:
    """Take the line with `mark` out of the file; a file in which nothing is left goes too."""
    others = _other_lines(path, mark)
    if others:
        _write_lines(path, others)
    else:
        Path(path).unlink(missing_ok=True)


def _write_lines(path: str, lines: Sequence[str]) -> None:
    """It may be a link to where somebody keeps such files, and its mode is theirs."""
    place = os.path.realpath(path)
    mode = stat.S_IMODE(os.stat(place).st_mode) if os.path.exists(place) else 0o600
    write(place, "".join(f"{line}\n" for line in lines), mode=mode, owner="root", group="root")


def _other_lines(path: str, mark: str) -> list[str]:
    try:
        return [line for line in Path(path).read_text("utf-8", "surrogateescape").splitlines() if mark not in line]
    except FileNotFoundError:
        return []


def launch(argv: Sequence[str], *, account: tuple[str, str], log: str) -> int:
    """Start a program that outlives us, in a session of its own; gives its number. Raises CommandFailed for a log that
    is a link: whose folder it is in may have laid it, and root would give away what it leads to."""
    with _opened_to_append(log) as output:
        if log != os.devnull:
            _own(output.fileno(), *account)
        process = subprocess.Popen(
            (*become(account), *argv),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            env=environment(account[0]),
            start_new_session=True,
        )
    return process.pid


def _opened_to_append(log: str) -> BinaryIO:
    try:
        return open(os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o644), "ab")
    except OSError as error:
        raise CommandFailed(f"the log {log} cannot be opened: {error.strerror}", hint=f"ls -l {log}") from error


def watch_start(pid: int, log: str) -> None:
    """Look at a program's first moments. Raises CommandFailed with the end of its log if it does not survive them."""
    deadline = time.monotonic() + _FIRST_MOMENTS_S
    while time.monotonic() < deadline:
        _collect(pid)
        if process_fact(pid) is None:
            tail = "\n".join(Path(log).read_text("utf-8", "replace").splitlines()[-15:])
            raise CommandFailed(f"it ended as soon as it was started; its log, {log}:\n{tail}")
        time.sleep(_PAUSE_S)


def daemon_fact(pid_file: str) -> DaemonFact | None:
    """The program whose number the file has, or None if it does not run."""
    try:
        pid = int(Path(pid_file).read_text().strip() or "0")
    except (FileNotFoundError, PermissionError, ValueError):
        return None
    return process_fact(pid)


def process_fact(pid: int) -> DaemonFact | None:
    """The program with this number, or None; one that ended and was not collected yet does not run."""
    if pid < 1:
        return None
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return None
    if status.rpartition(")")[2].split()[0] == "Z":
        return None
    # btime of /proc/stat is a whole second, up to one too early.
    boot_s = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
    started_s = boot_s + start_ticks(status) / os.sysconf("SC_CLK_TCK")
    command = shlex.join(word.decode("utf-8", "replace") for word in words if word)
    return DaemonFact(pid, command, started_s, _settings(pid))


def _settings(pid: int) -> tuple[str, ...]:
    """What is told to the program by its environment; of somebody else's nothing is known."""
    try:
        words = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return ()
    return tuple(word.decode("utf-8", "replace") for word in words if word.startswith(b"STRATUSLAB_CONFIG_DIR="))


def processes(*words: str) -> tuple[int, ...]:
    """The programs whose command lines have all of these words."""
    numbers = (int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit())
    facts = (process_fact(number) for number in numbers)
    return tuple(fact.pid for fact in facts if fact and set(words) <= set(shlex.split(fact.command)))


def wait_for_end(pids: Sequence[int], *, timeout_s: float) -> None:
    """Give programs time to end by themselves, then end them."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline and any(process_fact(pid) for pid in pids):
        time.sleep(_PAUSE_S)
    for pid in pids:
        stop(pid)


def stop(pid: int) -> None:
    """End the program and wait for it; nothing happens if it is gone."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, sign)
        deadline = time.monotonic() + _STOP_S
        while time.monotonic() < deadline:
            _collect(pid)
            if process_fact(pid) is None:
                return
            time.sleep(_PAUSE_S)
    raise DeadlineExceeded(f"process {pid} does not end")


def answers(path: str) -> bool:
    """Whether somebody listens on this Unix socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(5.0)
        try:
            client.connect(path)
        except OSError:
            return False
        return True


def newest_change_s(folder: Path) -> float:
    """When the newest Python file below the folder was changed; a date in the future says nothing."""
    times = (path.stat().st_mtime for path in folder.rglob("*.py"))
    return max((changed_s for changed_s in times if changed_s <= time.time()), default=0.0)


def _collect(pid: int) -> None:
    """A child of ours stays a zombie until it is waited for."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def _own(target: str | int, owner: str, group: str) -> None:
    os.chown(target, pwd.getpwnam(owner).pw_uid, grp.getgrnam(group).gr_gid)


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _group_name(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)
