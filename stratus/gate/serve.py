"""One channel to one client: welcome, then request after request, each performed as whoever the caller is by then."""

import logging
import re
import resource
import threading
import time
from dataclasses import dataclass, field, replace

from stratus import __version__
from stratus.actions.perform import Listener, perform
from stratus.cloud import Cloud
from stratus.errors import BadInput, StratusError
from stratus.gate.caller import Caller
from stratus.gate.channel import LOOK_S, Channel, Gone
from stratus.gate.listening import Telling
from stratus.gate.uploads import Uploads
from stratus.model import wire
from stratus.model.audit import REQUEST_ID
from stratus.model.carried import answers, asked
from stratus.model.wire import Ask, Hello, Refusal, Spoken, Stored, Upload, Welcome

_log = logging.getLogger(__name__)
AT_ONCE = 8  # requests of one channel; further ones are read when one of them is done
_ID = re.compile(r"@?[A-Za-z0-9._:-]{1,63}")


@dataclass
class Service:
    """What serves one channel."""

    cloud: Cloud
    caller: Caller
    channel: Channel
    uploads: Uploads
    site_name: str = ""
    _ending: threading.Event = field(default_factory=threading.Event)
    _free: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(AT_ONCE))
    _turn: threading.Lock = field(default_factory=threading.Lock)
    _in_hand: dict[str, threading.Thread] = field(default_factory=dict)
    _asked: int = 0

    def serve(self) -> int:
        """Until the client ends, or is told why the channel does; the exit status of the session. Raises nothing."""
        began = time.monotonic()
        try:
            try:
                self._converse()
            except BaseException:
                self._ending.set()
                raise
            finally:
                self._finish()
            return 0
        except Gone as left:
            _log.info("%s from %s left: %s", self.caller.user, self.caller.origin, left)
            return 0
        except StratusError as error:
            return self._end_with(error)
        finally:
            self.uploads.close()
            _log.info(
                "%s from %s: %d requests and %d files in %.1f s, at most %d MiB of memory",
                *(self.caller.user, self.caller.origin, self._asked, len(self.uploads.stored)),
                *(time.monotonic() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10),
            )

    def _converse(self) -> None:
        user = self.caller.known(self.cloud.ledger)
        spoken = Spoken(__version__)
        site = replace(self.cloud.settings.site, name=self.site_name)
        self.channel.send(Welcome(spoken, user.name, user.role, site))
        if (first := self._next()) is None:
            return
        if not isinstance(first, Hello):
            raise BadInput("the first line of a client is its Hello", hint="update the client")
        wire.common_protocol(client=first.spoken, front_end=spoken)
        while (message := self._next()) is not None:
            match message:
                case Ask():
                    self._begin(message)
                case Upload():
                    self._store(message)
                case Hello():
                    raise BadInput("a client says Hello once")

    def _next(self) -> wire.FromClient | None:
        line = self.channel.line(most_bytes=wire.MAX_ASK_BYTES, is_busy=self._is_busy)
        return None if line is None else wire.from_client(line)

    def _is_busy(self) -> bool:
        """Whether requests are in hand. Raises Denied when the caller may not be here any more."""
        self.caller.known(self.cloud.ledger)
        return bool(self._in_hand)

    def _begin(self, message: Ask) -> None:
        """Take it in hand as soon as there is room. Raises BadInput for an id that is none, or is in hand already."""
        while not self._free.acquire(timeout=LOOK_S):
            self._is_busy()
            if self.channel.has_gone():
                raise Gone("the client left")
        with self._turn:
            if not _ID.fullmatch(message.id) or message.id in self._in_hand:
                raise BadInput("the id of a request is 1 to 63 letters, digits and . _ : -, and not in use already")
            thread = threading.Thread(target=self._answer, args=(message,), name=message.id)
            self._in_hand[message.id] = thread
            self._asked += 1
        thread.start()

    def _finish(self) -> None:
        """Wait for what is in hand; what nobody hears any more gives up by itself."""
        with self._turn:
            threads = tuple(self._in_hand.values())
        for thread in threads:
            thread.join()

    def _answer(self, message: Ask) -> None:
        try:
            self._perform(message)
        except Gone as left:
            _log.info("request %s: nobody hears its answer: %s", message.id, left)
        finally:
            with self._turn:
                del self._in_hand[message.id]
            self._free.release()

    def _perform(self, message: Ask) -> None:
        try:
            request = asked(message)
            id = message.id if REQUEST_ID.match(message.id) else ""  # else it gets one here
            actor = self.caller.actor(self.cloud.ledger, request_id=id, brought=self.uploads.stored)
            telling = Telling(self.channel, message.id, message.wants_progress, self._ending)
            value = perform(self.cloud, request, actor, Listener(telling.progress, telling.waiting))
            for piece in answers(message.id, value):
                self.channel.send(piece)
        except StratusError as error:
            self.channel.send(wire.refused(message.id, error))
        except Gone:
            raise
        except Exception:
            # The other requests of the channel live on after a bug in one; its story is in the log, with this id.
            _log.exception("request %s of %s: a bug", message.id, self.caller.user)
            self.channel.send(_bug(message.id))

    def _store(self, message: Upload) -> None:
        try:
            self.caller.known(self.cloud.ledger)
            location = self.uploads.store(message, self.channel)
        except StratusError as error:
            self.channel.send(wire.refused(message.id, error))
            raise Gone(f"a file of {message.size} bytes was refused: {error.message}") from error
        self.channel.send(Stored(message.id, location))

    def _end_with(self, error: StratusError) -> int:
        _log.info("the channel of %s from %s ends: %s", self.caller.user, self.caller.origin, error.message)
        try:
            self.channel.send(wire.refused("", error))
        except Gone:
            pass
        return error.status


def _bug(request_id: str) -> Refusal:
    return Refusal(
        request_id,
        StratusError.__name__,
        f"the front end failed over this request ({request_id}), and nobody expected it",
        "tell the administrator this number: it is in the gate's log",
    )
