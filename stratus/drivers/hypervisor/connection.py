"""One connection to libvirt that is opened when needed, opened again when libvirtd was restarted, and never hangs."""

import functools
import logging
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any, TypeVar

import libvirt

from stratus.drivers.hypervisor.deadline import within
from stratus.errors import CommandFailed, DeadlineExceeded, NotFound

T = TypeVar("T")
log = logging.getLogger(__name__)

KEEPALIVE_INTERVAL_S = 5
KEEPALIVE_COUNT = 6
TOLERATED = 2  # calls of one kind that hang; more of them are refused until one comes back
HUNG = (
    "on the node: systemctl restart libvirtd; without systemd: end libvirtd (kill -9) and start it: libvirtd --daemon"
)
GONE = "on the node: systemctl start libvirtd; without systemd: libvirtd --daemon"


class Connection:
    """libvirt at `uri`. Safe to use from several threads; holds nothing open until the first call."""

    def __init__(self, uri: str, *, timeout_s: float) -> None:
        self.uri = uri
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._open: Any = None
        self._hanging: Counter[str] = Counter()  # calls that were given up and have not come back, by what they do

    def call(self, what: str, function: Callable[[Any], T], *, timeout_s: float | None = None) -> T:
        """What `function` gives for a live virConnect. It runs in a thread of its own, and once more on a new
        connection if the old one broke under it, so it must be safe to repeat. Raises CommandFailed with libvirt's
        words, NotFound for an unknown domain, DeadlineExceeded; a StratusError of `function` passes."""
        limit_s = self._timeout_s if timeout_s is None else timeout_s
        log.debug("%s: %s", self.uri, what)
        attempt = _Attempt(what, self._hanging)
        if attempt.is_hopeless():
            raise DeadlineExceeded(f"{what}: earlier calls to the hypervisor still hang", hint=HUNG)
        try:
            return within(limit_s, what, lambda: attempt.run(lambda: self._attempt(function, attempt)), hint=HUNG)
        except libvirt.libvirtError as error:
            raise self._translated(what, error) from error
        except DeadlineExceeded:
            # The thread that hangs keeps the old connection; whoever comes next starts with a new one.
            attempt.give_up()
            self._forget()
            raise

    def close(self) -> None:
        """Let the connection go, if there is one; the next call opens another."""
        old = self._forget()
        if old is not None:
            within(self._timeout_s, "close", old.close)

    def _attempt(self, function: Callable[[Any], T], attempt: "_Attempt") -> T:
        connect = self._connect()
        attempt.check()
        try:
            return function(connect)
        except libvirt.libvirtError:
            if _alive(connect):
                raise
            log.info("%s: the connection broke, opening another", self.uri)
            self._forget(connect)
        connect = self._connect()
        attempt.check()
        return function(connect)

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
        # When nobody listens on its socket libvirt has no better code for that than "system error" of its RPC layer.
        gone = (
            error.get_error_code() == libvirt.VIR_ERR_SYSTEM_ERROR and error.get_error_domain() == libvirt.VIR_FROM_RPC
        )
        return CommandFailed(
            f"{what}: {words}", hint=GONE if gone else _HINTS.get(error.get_error_code(), self._look())
        )

    def _look(self) -> str:
        return f"look with: virsh -c {self.uri} list --all"


_HINTS = {
    libvirt.VIR_ERR_AUTH_FAILED: "root, or a member of the group libvirt, may manage domains",
    libvirt.VIR_ERR_AUTH_UNAVAILABLE: "root, or a member of the group libvirt, may manage domains",
    libvirt.VIR_ERR_ACCESS_DENIED: "root, or a member of the group libvirt, may manage domains",
    libvirt.VIR_ERR_NO_CONNECT: GONE,
}


class _Attempt:
    """One call, from its beginning until it comes back, which may be long after it was given up."""

    def __init__(self, what: str, hanging: Counter[str]) -> None:
        self._what, self._hanging = what, hanging
        self._lock = threading.Lock()
        self._given_up = self._over = False

    def is_hopeless(self) -> bool:
        """Whether so many calls of the same kind hang that another one would only cost another thread."""
        return self._hanging[self._what] >= TOLERATED

    def run(self, call: Callable[[], T]) -> T:
        try:
            return call()
        finally:
            with self._lock:
                self._over = True
                if self._given_up:
                    self._hanging[self._what] -= 1

    def give_up(self) -> None:
        with self._lock:
            self._given_up = True
            if not self._over:
                self._hanging[self._what] += 1

    def check(self) -> None:
        """Raise if it was given up meanwhile: what has not begun by then must never be done."""
        if self._given_up:
            raise DeadlineExceeded(f"{self._what} was given up")


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
