"""What the program's own log shows on standard error."""

import logging

from stratus.model.secrets import masked
from stratus.output.text import clean


def show_log(*, verbose: int, quiet: int) -> None:
    """Warnings and errors; with -vv what was decided and done, with -vvv what was sent; with -qq, -qqq less."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Harmless("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=_level(verbose, quiet), handlers=[handler])


def _level(verbose: int, quiet: int) -> int:
    if verbose > 1:
        return logging.INFO if verbose == 2 else logging.DEBUG
    return {2: logging.ERROR}.get(quiet, logging.CRITICAL if quiet > 2 else logging.WARNING)


class _Harmless(logging.Formatter):
    """Lines that a terminal takes for text, whatever came from outside, and that have no password of a URL."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as lines."""
        return "\n".join(map(clean, masked(super().format(record)).split("\n")))
