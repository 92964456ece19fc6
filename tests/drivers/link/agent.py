"""A node's agent for tests of the link: echo and the like, served as the real one serves, and a console that shouts."""

import logging
import os
import sys
import threading
from typing import Any

from stratus.drivers.link.lines import Method
from stratus.errors import NoCapacity, StaleOrder, StratusError
from stratus.nodeagent.entry import allowed
from stratus.nodeagent.serve import serve

CONSOLE_STATUS = 7


def echo(params: dict[str, Any]) -> dict[str, Any]:
    return params


def pid(_: dict[str, Any]) -> dict[str, Any]:
    return {"pid": os.getpid()}


def nap(params: dict[str, Any]) -> dict[str, Any]:
    """A long poll: rests for `seconds`."""
    threading.Event().wait(params["seconds"])
    return {"slept": params["seconds"]}


def refuse(params: dict[str, Any]) -> dict[str, Any]:
    kinds: dict[str, type[StratusError]] = {"NoCapacity": NoCapacity, "StaleOrder": StaleOrder}
    raise kinds[params["kind"]]("no node has 6144 MiB free", hint="stratus why 12")


def crash(_: dict[str, Any]) -> dict[str, Any]:
    raise ZeroDivisionError("a mistake in a method")


def babble(params: dict[str, Any]) -> dict[str, Any]:
    """Write much where nobody listens, as a chatty log does."""
    sys.stderr.write("x" * params["bytes"] + "\n")
    sys.stderr.flush()
    return {}


def unspeakable(_: dict[str, Any]) -> dict[str, Any]:
    return {"value": float("nan")}


def vanish(_: dict[str, Any]) -> dict[str, Any]:
    """Die without a word, as under the kernel's memory killer."""
    os._exit(9)


METHODS: dict[str, Method] = {
    method.__name__: method for method in (echo, pid, nap, refuse, crash, babble, unspeakable, vanish)
}


def main(words: list[str]) -> int:
    try:
        command = allowed(" ".join(words) if words else os.environ.get("SSH_ORIGINAL_COMMAND"))
    except StratusError as error:
        print(error.message, file=sys.stderr)
        return error.status
    if command[0] == "serve":
        logging.disable(logging.CRITICAL)
        serve(METHODS, input=sys.stdin.buffer, output=sys.stdout.buffer)
        return 0
    if command[0] == "console":
        return shout(command[1])
    print("version 0")
    return 0


def shout(instance: str) -> int:
    print(f"console of {instance}, a terminal: {sys.stdin.isatty()}", flush=True)
    for line in sys.stdin:
        if line.strip() == "quit":
            return CONSOLE_STATUS
        print(line.strip().upper(), flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
