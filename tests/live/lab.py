"""The instances that the live tests run on the installed cloud: each with a name of this session, all ended in time."""

import re
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from tests.live.cli import Result, Stratus
from tests.live.patience import until

SMALL = ("--ram", "96", "--swap", "0")
PHASES = re.compile(r"^\d+ \(\S+\): ((?:[a-z ]+ [\d.]+ s(?:, )?)+)$", re.MULTILINE)


@dataclass(frozen=True)
class Guest:
    """One instance, and the key that opens it."""

    stratus: Stratus
    key: Path
    id: int
    name: str
    address: str

    @property
    def domain(self) -> str:
        """Its name for libvirt."""
        return f"one-{self.id}"

    @property
    def folder(self) -> Path:
        """Where the node keeps its disks."""
        return Path(f"/var/lib/stratus/instances/{self.id}")

    def row(self) -> dict[str, Any]:
        """What `describe` says."""
        (row,) = self.stratus.rows("describe", str(self.id))
        return row

    def history(self) -> list[dict[str, Any]]:
        """What `log` says."""
        entries: list[dict[str, Any]] = self.stratus(f"log {self.id} -o json").json
        return entries

    def states(self) -> list[str]:
        """The states that it went through, in their order."""
        return [entry["state"] for entry in self.history()]

    def console(self) -> str:
        """What its serial console printed."""
        return self.stratus(f"log {self.id} --console").stdout.replace("\r", "")

    def try_ssh(
        self, command: str, *, input: bytes = b"", key: Path | None = None, user: str = "root", timeout_s: float = 40
    ) -> subprocess.CompletedProcess[bytes]:
        """Run `command` in it through `stratus connect`."""
        argv = self.stratus.argv(f"connect {self.id} --user {user}", "--key", str(key or self.key), "--", command)
        return subprocess.run(
            argv, input=input, capture_output=True, timeout=timeout_s, check=False, env=self.stratus.environ
        )

    def ssh(self, command: str, *, input: bytes = b"", user: str = "root", timeout_s: float = 40) -> bytes:
        """The output of a command that succeeds."""
        done = self.try_ssh(command, input=input, user=user, timeout_s=timeout_s)
        assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout!r}\n{done.stderr!r}"
        return done.stdout

    def words(self, command: str) -> list[str]:
        """The words of that output."""
        return self.ssh(command).decode().split()

    def wait_for(self, command: str, *, deadline_s: float = 30) -> None:
        """Until the command succeeds."""
        until(
            lambda: self.try_ssh(command).returncode == 0,
            deadline_s=deadline_s,
            what=f"{command} in {self.name}",
        )

    def wait_for_state(self, state: str, *, deadline_s: float = 40) -> dict[str, Any]:
        """What `describe` says once it is in that state; a sweep comes every ten seconds."""
        return until(
            lambda: row if (row := self.row())["state"] == state else None,
            deadline_s=deadline_s,
            what=f"{self.name} to be {state}",
        )


@dataclass(frozen=True)
class Timing:
    """How long one run took from the command to each point."""

    name: str
    running_s: float
    ssh_s: float | None


@dataclass
class Lab:
    """The session's own part of the cloud."""

    stratus: Stratus
    key: Path
    image: str
    token: str = field(default_factory=lambda: f"lt-{secrets.token_hex(2)}")
    living: dict[int, Guest] = field(default_factory=dict)
    timings: list[Timing] = field(default_factory=list)

    def name(self, base: str) -> str:
        """A name that no other session has."""
        return f"{self.token}-{base}"

    def start(self, name: str, *options: str, image: str = "", wait: str = "ssh", timeout_s: float = 150) -> Guest:
        """A running instance (`wait`: running or ssh)."""
        (guest,) = self.start_all(name, *options, image=image, wait=wait, timeout_s=timeout_s)
        return guest

    def start_all(
        self, name: str, *options: str, image: str = "", wait: str = "ssh", timeout_s: float = 150
    ) -> list[Guest]:
        """The same of a run with `-n`."""
        told = ("--name", self.name(name), *SMALL, *options)
        done = self.stratus(
            f"run {image or self.image} --wait={wait} --timeout {timeout_s} -o json",
            *told,
            status=None,
            timeout_s=timeout_s + 30,
        )
        guests = self.adopt(name)
        assert done.status == 0, f"{done.argv}: {done.status}\n{done.stdout}{done.stderr}"
        self._note(done)
        return [guest for guest in guests if guest.id in [row["id"] for row in done.json]]

    def adopt(self, name: str) -> list[Guest]:
        """The instances whose names begin with `name`; from now on they are ours to end."""
        found = []
        for row in self.stratus.rows("describe"):
            if row["name"].startswith(self.name(name)):
                guest = Guest(self.stratus, self.key, row["id"], row["name"], row["address"])
                self.living[guest.id] = guest
                found.append(guest)
        return found

    def end(self, ids: list[int]) -> None:
        """Kill what is left of them, all in one command; the node does it while the next test goes on."""
        left = [str(row["id"]) for row in self.stratus.rows("describe") if row["id"] in ids]
        if left:
            self.stratus("kill", *left)
        for instance_id in ids:
            self.living.pop(instance_id, None)

    def end_all(self) -> None:
        """Kill everything with a name of this session, wait until it is gone, and delete the session's images."""
        self.end([row["id"] for row in self._rows()])
        until(lambda: not self._rows(), deadline_s=90, what="all instances of this session to be gone")
        images = [row["name"] for row in self.stratus.rows("image list") if row["name"].startswith(self.token)]
        if images:
            self.stratus("image delete", *images)

    def say(self, guest: Guest) -> str:
        """All that is known of an instance, for the report of a test that failed."""
        lines = [f"{guest.name} (instance {guest.id}, {guest.address})"]
        for line in (f"log {guest.id}", f"why {guest.id}", f"log {guest.id} --console --bytes 4000"):
            with suppress(subprocess.TimeoutExpired):
                done = self.stratus(line, status=None, timeout_s=30)
                lines += [f"--- stratus {line}", done.stdout.replace("\r", ""), done.stderr]
        return "\n".join(lines)

    def _rows(self) -> list[dict[str, Any]]:
        return [row for row in self.stratus.rows("describe") if row["name"].startswith(self.token)]

    def _note(self, done: Result) -> None:
        for row, text in zip(done.json, PHASES.findall(done.stderr), strict=False):
            phases = {name: float(s) for name, s in re.findall(r"([a-z][a-z ]*) ([\d.]+) s", text)}
            ssh_s = phases.pop("ssh", None)
            running_s = sum(phases.values())
            self.timings.append(Timing(row["name"], running_s, None if ssh_s is None else running_s + ssh_s))


class Start(Protocol):
    """What the fixtures give: `start("web", "--cpu", "2", wait="running")`."""

    def __call__(
        self, name: str, *options: str, image: str = "", wait: str = "ssh", timeout_s: float = 150
    ) -> Guest: ...


@contextmanager
def ending(lab: Lab) -> Iterator[None]:
    """What comes to live within is ended with it."""
    before = set(lab.living)
    try:
        yield
    finally:
        lab.end([instance_id for instance_id in lab.living if instance_id not in before])
