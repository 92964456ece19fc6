"""A deadline for calls into C that cannot be interrupted: the call goes on in a thread that nobody waits for."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from stratus.errors import DeadlineExceeded

T = TypeVar("T")


def within(timeout_s: float, what: str, call: Callable[[], T], *, hint: str = "") -> T:
    """What `call` gives or raises; DeadlineExceeded when it takes longer. The call itself cannot be taken back: it may
    still come to an end later, and its result is dropped. Its thread never keeps the process alive."""
    answer: _Answer[T] = _Answer(call)
    threading.Thread(target=answer.fetch, name=f"hypervisor: {what}", daemon=True).start()
    if not answer.there.wait(timeout_s):
        raise DeadlineExceeded(f"{what}: the hypervisor did not answer within {timeout_s:g} s", hint=hint)
    return answer.give()


class _Answer(Generic[T]):
    def __init__(self, call: Callable[[], T]) -> None:
        self.there = threading.Event()
        self._call = call
        self._value: list[T] = []
        self._error: BaseException | None = None

    def fetch(self) -> None:
        try:
            self._value.append(self._call())
        except BaseException as error:  # whatever it is, it belongs to the caller's thread
            self._error = error
        finally:
            self.there.set()

    def give(self) -> T:
        if self._error is not None:
            raise self._error
        return self._value[0]
