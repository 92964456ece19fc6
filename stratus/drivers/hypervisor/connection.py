"""One connection to libvirt that is opened when needed, opened again when libvirtd was restarted, and never hangs."""

import functools
import logging
import threading
from collections.abc import Callable
from typing import Any, TypeVar

import libvirt

from stratus.drivers.hypervisor.deadline import within
from stratus.errors import CommandFailed, DeadlineExceeded, NotFound

T = TypeVar("T")
log = logging.getLogger(__name__)

KEEPALIVE_INTERVAL_S = 5
KEEPALIVE_COUNT = 6


class Connection:
    """libvirt at `uri`. Safe to use from several threads; holds nothing open until the first call."""

    def __init__(self, uri: str, *, timeout_s: float) -> None:
        self.uri = uri
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._open: Any = None

    def call(self, what: str, function: Callable[[Any], T], *, timeout_s: float | None = None) -> T:
        """What `function` gives for a live virConnect. It runs in a thread of its own, and once more on a new
        connection if the old one broke under it, so it must be safe to repeat. Raises CommandFailed with libvirt's
        words, NotFound for an unknown domain, DeadlineExceeded; a StratusError of `function` passes."""
        limit_s = self._timeout_s if timeout_s is None else timeout_s
        log.debug("%s: %s", self.uri, what)
        try:
            return within(limit_s, what, lambda: self._attempt(function), hint=f"is libvirtd alive? {self._look()}")
        except libvirt.libvirtError as error:
            raise self._translated(what, error) from error
        except DeadlineExceeded:
            # The thread that hangs keeps the old connection; whoever comes next starts with a new one.
            self._forget()
            raise

    def close(self) -> None:
        """Let the connection go, if there is one; the next call opens another."""
        old = self._forget()
        if old is not None:
            within(self._timeout_s, "close", old.close)

    def _attempt(self, function: Callable[[Any], T]) -> T:
        connect = self._connect()
        try:
            return function(connect)
        except libvirt.libvirtError:
            if _alive(connect):
                raise
            log.info("%s: the connection broke, opening another", self.uri)
            self._forget(connect)
            return function(self._connect())

    def _connect(self) -> Any:
        with self._lock:
            known = self._open
        if known is not None and _alive(known):
            return known
        # Opened outside the lock: it may hang, and must not make others hang with it.
        _prepare_library()
        fresh = libvirt.open(self.uri)
        try:
            fresh.setKeepAlive(KEEPALIVE_INTERVAL_S, KEEPALIVE_COUNT)
        except libvirt.libvirtError as error:
            log.debug("%s: no keepalive: %s", self.uri, error)
        with self._lock:
            self._open = fresh
        return fresh

    def _forget(self, only: Any = None) -> Any:
        with self._lock:
            old = self._open
            if only is None or old is only:
                self._open = None
        return old

    def _translated(self, what: str, error: Any) -> CommandFailed | NotFound:
        words = error.get_error_message() or str(error)
        if error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN:
            return NotFound(f"{what}: {words}", hint=self._look())
        return CommandFailed(f"{what}: {words}", hint=_HINTS.get(error.get_error_code(), self._look()))

    def _look(self) -> str:
        return f"look with: virsh -c {self.uri} list --all"


_HINTS = {
    libvirt.VIR_ERR_AUTH_FAILED: "root, or a member of the group libvirt, may manage domains",
    libvirt.VIR_ERR_AUTH_UNAVAILABLE: "root, or a member of the group libvirt, may manage domains",
    libvirt.VIR_ERR_ACCESS_DENIED: "root, or a member of the group libvirt, may manage domains",
    libvirt.VIR_ERR_NO_CONNECT: "is libvirtd running? systemctl start libvirtd; without systemd: libvirtd --daemon",
}


def _alive(connect: Any) -> bool:
    try:
        return bool(connect.isAlive())
    except libvirt.libvirtError:  # somebody closed it
        return False


@functools.cache
def _prepare_library() -> None:
    """Once per process, before the first connection: errors come as exceptions and not also on stderr, and the event
    loop runs that keepalive needs; with it, a call into a dead libvirtd ends by itself after half a minute."""
    libvirt.registerErrorHandler(_ignore, None)
    libvirt.virEventRegisterDefaultImpl()
    threading.Thread(target=_run_events, name="libvirt events", daemon=True).start()


def _ignore(_context: object, _error: object) -> None:
    return None


def _run_events() -> None:
    while True:
        libvirt.virEventRunDefaultImpl()
