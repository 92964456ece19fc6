"""Writing down what is asked: a line before a change and a line after everything."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from stratus.cloud import Cloud
from stratus.errors import StratusError
from stratus.model.audit import ASKED, DONE, PLANNED, Asked, in_short, objects_of, verb_of, what_was_asked
from stratus.model.codec import encode
from stratus.model.requests import Actor

log = logging.getLogger(__name__)


class Account:
    """What a request is remembered by while it is carried out; `answer` is set when there is one."""

    answer: Any = None


@contextmanager
def audited(cloud: Cloud, request: Any, actor: Actor, *, changes: bool) -> Iterator[Account]:
    """Around carrying out `request`. A change that cannot be written down is not begun; nothing else is hindered.

    The line before is there in case this process is killed; the line after a change has reached the disk when its
    answer is given. Raises NoCapacity, Denied, and whatever is raised within."""
    account, began_s, began = Account(), cloud.clock(), cloud.monotonic()

    def write(outcome: str, error: str = "") -> None:
        line = Asked(
            request_id=actor.request_id,
            at_s=began_s,
            who=actor.name,
            role=actor.role.value,
            verb=verb_of(type(request)),
            origin=actor.origin,
            what=what_was_asked(request),
            objects=objects_of(request, account.answer if changes else None),
            changes=changes,
            outcome=outcome,
            error=in_short(error),
            took_s=round(cloud.monotonic() - began, 6),
        )
        said = {key: value for key, value in encode(line).items() if value not in ("", [], {})}
        cloud.audit.write(said, sync=changes and outcome != ASKED)

    if changes:
        write(ASKED)
    try:
        yield account
    except StratusError as refusal:
        _although(write, refusal.code, refusal.message)
        raise
    except BaseException as end:  # a bug, or Ctrl-C: told too, and raised again
        _although(write, type(end).__name__, str(end))
        raise
    _although(write, PLANNED if getattr(request, "plan", False) else DONE)


def _although(write: Callable[..., None], *said: str) -> None:
    """Write; what was done is done, even if that cannot be written down any more."""
    try:
        write(*said)
    except StratusError as trouble:
        log.warning("%s", trouble)
