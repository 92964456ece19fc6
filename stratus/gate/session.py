"""One session that sshd has let in: what it is for, and the doors that it takes."""

import contextlib
import logging
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from stratus.cloud import Cloud, open_cloud
from stratus.config.sources import Sources
from stratus.errors import Denied
from stratus.gate.caller import Caller, origin_of
from stratus.gate.watching import watched
from stratus.gate.words import Console, Protocol, Tunnel, wanted
from stratus.model.paths import FrontEndPaths

_LOG_BYTES = 5_000_000
_GIB = 1 << 30
_SPARE_BYTES = 2 * _GIB  # the ledger is on the same disk


def session(user: str, fingerprint: str, environ: Mapping[str, str]) -> int:
    """The exit status of the session. Raises Denied for what the gate is not there for."""
    what = wanted(environ.get("SSH_ORIGINAL_COMMAND"))
    has_terminal = "SSH_TTY" in environ
    if isinstance(what, Protocol) and has_terminal:
        raise Denied(
            f"hello {user}; this is the gate of a cloud and no shell",
            hint="stratus login ssh://HOST, then any command of stratus",
        )
    caller = Caller(user, fingerprint, origin_of(environ.get("SSH_CLIENT", "")))
    site = {name: value for name, value in environ.items() if name == "STRATUSLAB_CONFIG_DIR"}
    config = Sources(site, {}, None).load()
    paths = FrontEndPaths(config.text("state_dir"))
    _log_to(paths.gate_log)
    cloud = open_cloud(config)
    try:
        match what:
            case Protocol():
                return _protocol(cloud, caller, paths)
            case Console(target):
                return _console(cloud, caller, target)
            case Tunnel(target, port):
                return _tunnel(cloud, caller, target, port)
    finally:
        cloud.close()


def _protocol(cloud: Cloud, caller: Caller, paths: FrontEndPaths) -> int:
    from stratus.gate.channel import Channel
    from stratus.gate.serve import Service
    from stratus.gate.uploads import Uploads

    channel = Channel(sys.stdin.fileno(), sys.stdout.fileno())
    most_bytes = cloud.settings.upload_gib * _GIB
    uploads = Uploads(paths.uploads, caller.user, most_bytes=most_bytes, spare_bytes=_SPARE_BYTES)
    return Service(cloud, caller, channel, uploads, os.uname().nodename).serve()


def _console(cloud: Cloud, caller: Caller, target: str) -> int:
    from stratus.actions.console import console

    def hang_up() -> None:  # the terminal's whole group, as when the line is cut
        os.killpg(0, signal.SIGHUP)

    running = caller.running(cloud, target)
    with watched(lambda: caller.still_has(cloud, running), hang_up):
        return console(cloud, caller.actor(cloud.ledger), str(running.id))


def _tunnel(cloud: Cloud, caller: Caller, target: str, port: int) -> int:
    import socket

    from stratus.gate.tunnel import carry, dial

    running = caller.running(cloud, target)
    with dial(running, port) as guest:

        def hang_up() -> None:
            with contextlib.suppress(OSError):
                guest.shutdown(socket.SHUT_RDWR)

        with watched(lambda: caller.still_has(cloud, running), hang_up):
            carry(guest, sys.stdin.fileno(), sys.stdout.fileno())
    return 0


def _log_to(path: str) -> None:
    """A file for the administrator; what one session says is a few lines, so that nothing is lost between many."""
    if Path(path).exists() and os.path.getsize(path) > _LOG_BYTES:
        os.replace(path, f"{path}.1")
    logging.basicConfig(
        filename=path, level=logging.INFO, format="%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"
    )
