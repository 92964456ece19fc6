"""Starting and ending the process of a sandbox, and finding those that run."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from stratus.config.change import with_value
from stratus.durable import write_whole
from stratus.errors import DeadlineExceeded, StratusError, from_wire
from stratus.model.sandbox import WAY
from stratus.sandbox.key import made_up_key
from stratus.sandbox.place import Place
from stratus.sandbox.talk import grow

READY_S = 120.0  # thousands of nodes take their time
END_S = 10.0
FIRST_NODES = 50
_MODULE = "stratus.sandbox"
_IMAGE_BYTES = 1024 * 1024


def start(place: Place, nodes: int = 0, users: int = 0) -> bool:
    """Have it run, with at least so many nodes and users; whether it did not run before. 0: as many as it has, and
    FIRST_NODES in a new one, which leaves nothing behind if it cannot run.

    Raises Conflict, BadInput, Denied, DeadlineExceeded, and what its process raises."""
    place.make()
    with place.held():
        if place.pid() is not None:
            grow(place, nodes, users)
            return False
        if place.config.exists():
            _run(place, nodes, users)
            return True
        try:
            place.clear()  # what somebody left who was killed at this point
            furnish(place)
            _run(place, nodes or FIRST_NODES, users)
        except BaseException:
            place.remove()
            raise
        return True


def end(place: Place) -> bool:
    """End its process; whether one ran. What the nodes had accepted goes on when it is started again.

    Raises DeadlineExceeded."""
    with place.held():
        return _end(place)


def remove(place: Place) -> None:
    """End its process and take away all that it made. Raises Conflict when something else stays in the folder."""
    with place.held():
        _end(place)
        place.remove()


def _end(place: Place) -> bool:
    pid = place.pid()
    if pid is None:
        return False
    with suppress(ProcessLookupError):
        _kill(pid, place)
    if place.pid() == pid:
        raise DeadlineExceeded(f"process {pid} of the sandbox in {place.folder} does not end", hint=f"kill -9 {pid}")
    return True


def _kill(pid: int, place: Place) -> None:
    process = os.pidfd_open(pid)
    try:
        if place.pid() == pid:  # still, so that it is no other one by the same number
            signal.pidfd_send_signal(process, signal.SIGKILL)  # all that counts is in files at any moment
        select.select([process], [], [], END_S)
    finally:
        os.close(process)


def running() -> Iterator[tuple[Place, int]]:
    """The sandboxes of this user that run, and their processes."""
    for name in os.listdir("/proc"):
        try:
            if not name.isdigit() or os.stat(f"/proc/{name}").st_uid != os.geteuid():
                continue
            words = Path(f"/proc/{name}/cmdline").read_bytes().split(b"\0")
        except OSError:  # it has ended
            continue
        if _MODULE.encode() in words[:-3]:
            place = Place(Path(os.fsdecode(words[words.index(_MODULE.encode()) + 1])))
            if place.pid() == int(name):
                yield place, int(name)


def furnish(place: Place) -> None:
    """Configuration, an image, and a key that opens nothing, for those who have none."""
    text = "# The configuration of a sandbox.\n"
    for section, key, value in (
        ("nat", "nat_network", "172.30.0.0"),
        ("nat", "nat_netmask", "255.255.0.0"),
        ("stratus", "state_dir", str(place.state).replace("%", "%%")),
        ("stratus", "node_link", WAY),
    ):
        text = with_value(text, place.config, section=section, key=key, value=value)
    for folder in (place.etc, place.state, place.state / "frontend"):
        folder.mkdir(mode=0o700)
    place.image.write_bytes(os.urandom(512).ljust(_IMAGE_BYTES, b"\0"))
    place.public_key.write_text(f"{made_up_key()} opens-nothing\n")
    write_whole(place.config, text.encode())


def _run(place: Place, nodes: int, users: int) -> None:
    argv = (sys.executable, "-P", "-m", _MODULE, str(place.folder), str(nodes), str(users))
    with place.log.open("ab") as log:
        child = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
            cwd="/",
            env=_environ(),
        )
    try:
        said = _first_said(child, place)
    except BaseException:
        child.kill()
        child.wait()
        raise
    if not said:
        child.wait()
        raise StratusError(f"the process of the sandbox ended: {_last_line(place.log)}", hint=f"less {place.log}")
    if "error" in said:
        child.wait()
        raise from_wire(said["error"]["code"], said["error"]["message"], said["error"]["hint"])


def _first_said(child: "subprocess.Popen[bytes]", place: Place) -> dict[str, Any]:
    """What the process says when it is ready, or cannot be; nothing if it ended."""
    assert child.stdout is not None
    with child.stdout:
        if not select.select([child.stdout], [], [], READY_S)[0]:
            raise DeadlineExceeded(f"the sandbox was not ready within {READY_S:g} s", hint=f"less {place.log}")
        line = child.stdout.readline()
    said: dict[str, Any] = json.loads(line) if line else {}
    return said


def _environ() -> dict[str, str]:
    """Ours, but that our package is found from any folder, and nothing of it is for another cloud."""
    import stratus

    kept = {name: value for name, value in os.environ.items() if not name.startswith("STRATUSLAB_")}
    return {**kept, "PYTHONPATH": str(Path(stratus.__file__).parents[1])}


def _last_line(path: Path) -> str:
    lines = path.read_text(errors="replace").splitlines()
    return lines[-1] if lines else "it said nothing"
