"""The process of a sandbox, python -P -m stratus.sandbox FOLDER NODES USERS: it plays the nodes, and is the dispatcher.

When it is ready, or cannot be, it says so in one line on its standard output."""

import json
import logging
import os
import resource
import sys
import threading
from pathlib import Path

from stratus.actions.resident import resident
from stratus.errors import StratusError
from stratus.sandbox.cloud import SandboxCloud
from stratus.sandbox.place import Place
from stratus.sandbox.serve import serve_all


def main() -> int:
    """Be the sandbox until the process is killed; gives the exit status if it could not begin."""
    place, nodes, users = Place(Path(sys.argv[1])), int(sys.argv[2]), int(sys.argv[3])
    os.umask(0o077)
    logging.basicConfig(filename=place.log, level=logging.INFO, format="%(asctime)s %(name)s: %(message)s")
    _allow_many_files()
    try:
        with place.occupied():
            cloud = SandboxCloud(place, nodes, users)
            with serve_all(place.socket, cloud.methods_of):
                _say({"ready": os.getpid()})
                resident(cloud.cloud, threading.Event())
    except StratusError as error:
        _say({"error": {"code": error.code, "message": error.message, "hint": error.hint}})
        return error.status
    return 0


def _say(what: object) -> None:
    """Tell who started us; afterwards nobody listens, and nothing is said any more."""
    os.write(sys.stdout.fileno(), json.dumps(what).encode() + b"\n")
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def _allow_many_files() -> None:
    """As many as the system lets us have: each thread that reads the ledger has a connection of its own."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    sys.exit(main())
