"""Asking all of a user's clouds at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from stratus.commands.clouds import AT_ONCE, name_of, patience_s, sources_of, warn
from stratus.commands.session import Session
from stratus.config.clouds import CloudSection, clouds_of
from stratus.errors import StratusError
from stratus.model.requests import Request
from stratus.way.here import Here

T = TypeVar("T")


def ask_all(session: Session, request: Request[T]) -> tuple[list[tuple[str, T]], int]:
    """Each cloud's name and its answer, in their order, and the exit status: that of the first that gave none.

    All are asked at once, so that those that do not answer cost the longest time-out once; each is named."""
    clouds = clouds_of(sources_of(session))
    with ThreadPoolExecutor(min(AT_ONCE, len(clouds))) as pool:
        asked = [(cloud, pool.submit(_ask, session, cloud, request)) for cloud in clouds if cloud.endpoint]
        results: dict[str, T | StratusError] = {
            name_of(cloud): _tried(lambda: _ask_here(session, request)) for cloud in clouds if not cloud.endpoint
        }
        results |= {name_of(cloud): _tried(answer.result) for cloud, answer in asked}
    answers, status = [], 0
    for name in map(name_of, clouds):
        match results[name]:
            case StratusError() as trouble:
                warn(session, name, trouble)
                status = status or trouble.status
            case answer:
                answers.append((name, answer))
    return answers, status


def _ask(session: Session, cloud: CloudSection, request: Request[T]) -> T:
    there = session.through(cloud.endpoint, cloud.gate_key, timeout_s=patience_s(session))
    try:
        return there.perform(request, _silent, _silent)
    finally:
        there.close()


def _ask_here(session: Session, request: Request[T]) -> T:
    """On this thread: a ledger's connection belongs to the one that opened it."""
    cloud = session.opener()
    try:
        return Here(lambda: cloud, lambda: session.actor).perform(request, _silent, _silent)
    finally:
        cloud.close()


def _tried(answer: Callable[[], T]) -> T | StratusError:
    try:
        return answer()
    except StratusError as trouble:
        return trouble


def _silent(*_: object) -> None:
    """Say nothing: the progress of several would be told all mixed up."""
