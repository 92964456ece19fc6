"""What a step may ask for: values that can be shown, recorded, done, and undone."""

import shlex

from stratus.install.cards import Card
from stratus.model.values import dataclass

ROOT = ("root", "root")
_LINES_SHOWN = 60


def become(account: tuple[str, str]) -> tuple[str, ...]:
    """The words before a command line that is run as this user and group, with all the user's groups."""
    user, group = account
    if user == "root":
        return ()
    return ("setpriv", f"--reuid={user}", f"--regid={group}", "--init-groups", "--")


def program_of(argv: tuple[str, ...]) -> tuple[str, ...]:
    """The command line that is left when `env` has set what stands before it, and has given way."""
    if not argv[0].endswith("env"):
        return argv
    return argv[next(number for number, word in enumerate(argv) if number and "=" not in word) :]


def settings_of(argv: tuple[str, ...]) -> tuple[str, ...]:
    """What `env` sets before a program."""
    return argv[1 : len(argv) - len(program_of(argv))] if argv[0].endswith("env") else ()


@dataclass(frozen=True)
class Run:
    """Run one program; `makes` are the files that it leaves, `undo` the program that takes its effect back."""

    argv: tuple[str, ...]
    account: tuple[str, str] = ROOT
    makes: tuple[str, ...] = ()
    undo: tuple[str, ...] = ()
    timeout_s: float = 60.0

    def shown(self) -> tuple[str, ...]:
        """The command line, as one would type it."""
        return (shlex.join((*become(self.account), *self.argv)),)


@dataclass(frozen=True)
class Packages:
    """Install packages; those that come along are recorded too."""

    names: tuple[str, ...]
    refresh: bool  # the lists of what is available are missing
    manager: str = "apt"  # apt | dnf

    def shown(self) -> tuple[str, ...]:
        """The command lines."""
        return tuple(shlex.join(argv) for argv in self.commands())

    def commands(self) -> tuple[tuple[str, ...], ...]:
        """What is run, in order."""
        if self.manager == "dnf":
            return (("dnf", "install", "-y", "--setopt=install_weak_deps=False", *self.names),)
        refresh = ((*APT, "update"),) if self.refresh else ()
        return (*refresh, (*APT, "install", "-y", "--no-install-recommends", *self.names))


APT = (
    "env",
    "DEBIAN_FRONTEND=noninteractive",
    "apt-get",
    "-q",
    "-o",
    "Dpkg::Use-Pty=0",
    "-o",
    "DPkg::Lock::Timeout=300",
)


@dataclass(frozen=True)
class Folder:
    """A folder with this owner and mode."""

    path: str
    mode: int
    owner: str = "root"
    group: str = "root"

    def shown(self) -> tuple[str, ...]:
        """The command line that would do the same."""
        return (f"install -d -m {self.mode:04o} -o {self.owner} -g {self.group} {shlex.quote(self.path)}",)


@dataclass(frozen=True)
class Write:
    """A file with this text, owner and mode; written aside and renamed."""

    path: str
    text: str
    mode: int = 0o644
    owner: str = "root"
    group: str = "root"

    def shown(self) -> tuple[str, ...]:
        """What is written where."""
        head = f"write {shlex.quote(self.path)} (mode {self.mode:04o}, {self.owner}:{self.group}):"
        lines = self.text.splitlines()
        if len(lines) > _LINES_SHOWN:
            return (head, f"  | ({len(lines)} lines)")
        return (head, *(f"  | {line}" for line in lines))


@dataclass(frozen=True)
class Launch:
    """Start a program that stays, away from this terminal; its number goes to `pid_file`.

    `forks`: it goes to the background by itself and writes `pid_file` itself."""

    name: str
    argv: tuple[str, ...]
    pid_file: str
    log: str = "/dev/null"
    account: tuple[str, str] = ROOT
    forks: bool = False

    def shown(self) -> tuple[str, ...]:
        """The command line, as one would type it."""
        command = shlex.join((*become(self.account), *self.argv))
        tail = "" if self.forks else f" >> {shlex.quote(self.log)} 2>&1 & echo $! > {shlex.quote(self.pid_file)}"
        return (command + tail,)


@dataclass(frozen=True)
class Stop:
    """End the program with this number, and wait until it is gone."""

    name: str
    pid: int

    def shown(self) -> tuple[str, ...]:
        """The command line."""
        return (f"kill {self.pid}    # {self.name}",)


@dataclass(frozen=True)
class Unit:
    """A unit of systemd: its file, known, enabled and started afresh."""

    name: str
    text: str

    @property
    def path(self) -> str:
        """Where systemd looks for it."""
        return f"/etc/systemd/system/{self.name}"

    def commands(self) -> tuple[tuple[str, ...], ...]:
        """What is run after the file was written."""
        return (
            ("systemctl", "daemon-reload"),
            ("systemctl", "enable", self.name),
            ("systemctl", "restart", self.name),
        )

    def shown(self) -> tuple[str, ...]:
        """The file and the command lines."""
        return (*Write(self.path, self.text).shown(), *(shlex.join(argv) for argv in self.commands()))


@dataclass(frozen=True)
class Enrol:
    """Make the node known to the front end's ledger, as the cloud administrator."""

    node: str
    account: tuple[str, str]

    def shown(self) -> tuple[str, ...]:
        """What it amounts to."""
        return (shlex.join((*become(self.account), "stratus", "node", "add", self.node)),)


@dataclass(frozen=True)
class Program:
    """This very program, as it was sent here, in a folder of its release; `current` leads to it from one moment to the
    next. The release before stays, for the agents that run it."""

    unpacked: str
    folder: str
    release: str

    def shown(self) -> tuple[str, ...]:
        """The command lines that would do the same."""
        copy = ("cp", "-r", self.unpacked or "(what was sent)", f"{self.folder}/{self.release}")
        return (shlex.join(copy), shlex.join(("ln", "-sfn", self.release, f"{self.folder}/current")))


@dataclass(frozen=True)
class Line:
    """One line in a file that belongs to somebody else; it takes the place of the one that has `mark` in it."""

    path: str
    line: str
    mark: str

    def shown(self) -> tuple[str, ...]:
        """What is added where."""
        return (f"add to {shlex.quote(self.path)} (mode 0600, root:root):", f"  | {self.line}")


@dataclass(frozen=True)
class Guarded:
    """A change that may cut this machine off: taken back after `seconds`, unless one of `asks` answers through it or
    somebody confirms it."""

    name: str
    record: str  # where the watchdog finds what to do; it stays, for uninstalling
    card: Card  # the interface as it was
    commands: tuple[tuple[str, ...], ...]
    files: tuple[Write, ...]  # gone with a boot, as the change is before it is confirmed
    undo: tuple[tuple[str, ...], ...]
    through: str  # the interface that carries the traffic afterwards
    asks: tuple[str, ...]
    seconds: float
    watchdog: tuple[str, ...]  # the program that takes it back

    @property
    def log(self) -> str:
        """Where that program says what it did."""
        return f"{self.record}.log"

    def shown(self) -> tuple[str, ...]:
        """The watchdog with what it would run, the commands, and the questions."""
        asked = (f"ping -c 1 -I {self.through} {address}    # an answer confirms it" for address in self.asks)
        return (
            f"{shlex.join(self.watchdog)} &    # unless confirmed, after {self.seconds:g} s:",
            *(f"  | {shlex.join(argv)}" for argv in self.undo),
            *(line for file in self.files for line in file.shown()),
            *(shlex.join(argv) for argv in self.commands),
            *asked,
            "stratus install --confirm    # or this, typed in a new session, does",
        )


Deed = Run | Packages | Folder | Write | Launch | Stop | Unit | Enrol | Program | Line | Guarded
