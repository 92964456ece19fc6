"""Running a function of ours as another user, in a child process: what it writes must belong to that user."""

import json
import os
import pwd
import sys
from collections.abc import Callable

from stratus.errors import CommandFailed, StratusError, from_wire


def as_account(user: str, function: Callable[[], bool | None]) -> bool:
    """What the function gives, run as `user` with that user's home and groups. Its StratusError is raised here."""
    if pwd.getpwnam(user).pw_uid == os.geteuid() or os.geteuid() != 0:
        return bool(function())
    reader, writer = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        os.close(reader)
        os._exit(_in_child(user, function, writer))
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return _result(said, user)


def _in_child(user: str, function: Callable[[], bool | None], writer: int) -> int:
    """The child must never come back into the caller's code, hence the broad except."""
    try:
        _become(user)
        answer: dict[str, object] = {"result": bool(function())}
    except StratusError as error:
        answer = {"code": error.code, "message": error.message, "hint": error.hint}
    except BaseException as error:
        answer = {"code": "CommandFailed", "message": f"{type(error).__name__}: {error}", "hint": ""}
    os.write(writer, json.dumps(answer).encode("utf-8"))
    sys.stdout.flush()
    return 0


def _become(user: str) -> None:
    entry = pwd.getpwnam(user)
    os.initgroups(user, entry.pw_gid)
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)
    os.environ.update(HOME=entry.pw_dir, USER=user, LOGNAME=user)


def _result(said: bytes, user: str) -> bool:
    if not said:
        raise CommandFailed(f"what was run as {user} ended without a word")
    answer = json.loads(said)
    if "code" in answer:
        raise from_wire(answer["code"], answer["message"], answer["hint"])
    return bool(answer["result"])
