"""Text that a shell reads back as it was: single quotes, in which nothing has a meaning but the single quote."""

from collections.abc import Iterable

from stratus.model.context.pairs import check_variable


def assignments(variables: Iterable[tuple[str, str]]) -> bytes:
    """`KEY='value'` lines that dash, bash, busybox ash and cloud-init's OpenNebula reader (it runs bash) give back
    exactly. Raises BadInput for a name or a value that they cannot."""
    return "".join(_assignment(key, value) for key, value in variables).encode()


def _assignment(key: str, value: str) -> str:
    check_variable(key, value)
    return f"{key}={quoted(value)}\n"


def quoted(text: str) -> str:
    """`text` as one word of a POSIX shell."""
    return "'" + text.replace("'", "'\\''") + "'"
