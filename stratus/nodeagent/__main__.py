"""stratus-nodeagent: the one program of ours that runs on a node, started by SSH. The root that opens its doors.

    stratus-nodeagent serve --stdio    answer the front end on this channel, and carry out what the inbox holds
    stratus-nodeagent ssh-entry        sshd's forced command: only what the front end may ask for
    stratus-nodeagent console ID       give the terminal to an instance's serial console
    stratus-nodeagent clear            end every instance and take every network away that the agent made
    stratus-nodeagent version

STRATUSLAB_STATE_DIR names another state directory than /var/lib/stratus.
"""

import fcntl
import logging
import logging.handlers
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from stratus import __version__
from stratus.errors import StratusError, UsageError
from stratus.model.paths import DEFAULT_STATE_DIR, NodePaths

if TYPE_CHECKING:
    from stratus.nodeagent.doors import Doors
    from stratus.nodeagent.worker import Worker

log = logging.getLogger(__name__)
HYPERVISOR_URI = "qemu:///system"
LOOK_TIMEOUT_S = 6.0  # less than the front end waits for a sweep, which so hears that libvirt hangs
OTHERS_POLL_S = 0.1


def main(argv: Sequence[str] | None = None) -> int:
    """The exit status of the sub-command."""
    words = tuple(sys.argv[1:] if argv is None else argv)
    try:
        if words == ("ssh-entry",):
            from stratus.nodeagent.entry import allowed

            words = allowed(os.environ.get("SSH_ORIGINAL_COMMAND"))
        return _run(words)
    except StratusError as error:
        print(f"stratus-nodeagent: {error.message}" + (f"\n  try: {error.hint}" if error.hint else ""), file=sys.stderr)
        return error.status


def _run(words: tuple[str, ...]) -> int:
    paths = NodePaths(os.environ.get("STRATUSLAB_STATE_DIR", DEFAULT_STATE_DIR))
    if words == ("serve", "--stdio"):
        return _serve(paths)
    if words == ("clear",):
        return _clear(paths)
    if words == ("version",):
        print(__version__)
        return 0
    if len(words) == 2 and words[0] == "console" and words[1].isascii() and words[1].isdigit():
        from stratus.model.argv.hypervisor import console

        command = console(HYPERVISOR_URI, f"one-{words[1]}")
        os.execvp(command[0], command)
    raise UsageError("usage: stratus-nodeagent serve --stdio | ssh-entry | console ID | clear | version")


def _clear(paths: NodePaths) -> int:
    from stratus.drivers.network.records import Records
    from stratus.nodeagent.clear import clear

    doors = _open_doors(paths)
    clear(paths, doors.hypervisor, doors.network, Records(Path(paths.networks)))
    return 0


def _serve(paths: NodePaths) -> int:
    from stratus.bell import Bell
    from stratus.drivers.queue.dirqueue import DirQueue
    from stratus.nodeagent.agent import Agent
    from stratus.nodeagent.journal import Journal
    from stratus.nodeagent.serve import serve
    from stratus.nodeagent.worker import Worker

    os.umask(0o022)
    os.makedirs(paths.queues, mode=0o700, exist_ok=True)
    _log_to(paths.log)
    doors = _open_doors(paths)
    # Nothing is archived here: orders carry contexts, which may hold secrets; the ledger keeps what was done.
    inbox, outbox = (DirQueue(f"{paths.queues}/{name}", archive_keep=0) for name in ("inbox", "outbox"))
    bell = Bell(f"{paths.state_dir}/node/bells", lambda: worker.woken())
    worker = Worker(inbox, outbox, Journal(paths.journal), doors, tell_others=bell.ring)
    closed = threading.Event()
    thread = threading.Thread(
        target=_work_when_free,
        args=(f"{paths.state_dir}/node/worker.lock", worker, closed, lambda: bool(inbox.bodies(limit=1))),
    )
    thread.start()
    agent = Agent(paths, doors, inbox, outbox, worker)
    try:
        serve(agent.methods(), input=sys.stdin.buffer, output=sys.stdout.buffer)
    finally:
        closed.set()
        worker.wake()
        thread.join()
        bell.close()
    return 0


def _work_when_free(lock_path: str, worker: "Worker", closed: threading.Event, left: Callable[[], bool]) -> None:
    """Be this node's one worker as soon as no other process is; work that was accepted outlives its channel."""
    with open(lock_path, "w") as lock:
        while not closed.is_set() or left():
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(OTHERS_POLL_S)
                continue
            try:
                worker.work(may_stop=closed.is_set)
            finally:
                fcntl.flock(lock, fcntl.LOCK_UN)


def _open_doors(paths: NodePaths) -> "Doors":
    from stratus.drivers.disks.local import LocalDisks
    from stratus.drivers.hypervisor.libvirt import LibvirtHypervisor
    from stratus.drivers.images.shelf import Shelf
    from stratus.drivers.network.linux import LinuxNetwork
    from stratus.nodeagent.doors import Doors

    return Doors(
        hypervisor=LibvirtHypervisor(HYPERVISOR_URI, state_dir=paths.hypervisor, timeout_s=LOOK_TIMEOUT_S),
        disks=LocalDisks(),
        network=LinuxNetwork(paths.networks),
        images=Shelf(Path(paths.images), Path(paths.images, "work")),
        state_dir=paths.state_dir,
    )


def _log_to(path: str) -> None:
    handler = logging.handlers.RotatingFileHandler(path, maxBytes=5_000_000, backupCount=3)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])


if __name__ == "__main__":
    sys.exit(main())
