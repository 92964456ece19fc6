"""The tree of errors, and the exit status that each one gives to a command.

StratusError            1   anything expected that has no kind of its own
  UsageError            2   the command line is wrong
  NotFound              3   no such instance, image, node, file
  Conflict              4   the name is taken, the state does not allow it, the thing is in use
  NoCapacity            5   no node, no address or no space is left for it
  QuotaExceeded         6   the user's own limit
  Denied                7   not yours
  BadInput              8   a value, file or image is refused; the message says why
  NodeUnreachable       9   a node does not answer
  DeadlineExceeded     10   it took too long; nothing was changed by giving up
  CommandFailed        11   a program outside answered with an error
  ConfigError          12   a configuration file or key is wrong
  LedgerConflict       13   somebody else changed the same document first
  StaleOrder           14   the order is older than what the node has already done
GateUnreachable      15   the front end cannot be reached through its gate
(a bug)                70   an error that nobody expected; a report is written
(Ctrl-C)              130
"""

from typing import ClassVar


class StratusError(Exception):
    """An error that a user may see: what happened, and as `hint` the next command to try."""

    status: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    @property
    def code(self) -> str:
        """The name of the kind, as JSON output and the wire carry it."""
        return type(self).__name__


class UsageError(StratusError):
    """The command line is wrong."""

    status = 2


class NotFound(StratusError):
    """No such instance, image, node or file."""

    status = 3


class Conflict(StratusError):
    """The name is taken, the state does not allow it, or the thing is in use."""

    status = 4


class NoCapacity(StratusError):
    """No node, address or space is left for it."""

    status = 5


class QuotaExceeded(StratusError):
    """The user's own limit is reached."""

    status = 6


class Denied(StratusError):
    """The thing belongs to somebody else."""

    status = 7


class BadInput(StratusError):
    """A value, a file or an image is refused."""

    status = 8


class NodeUnreachable(StratusError):
    """A node does not answer."""

    status = 9


class DeadlineExceeded(StratusError):
    """It took too long; giving up changed nothing."""

    status = 10


class CommandFailed(StratusError):
    """A program outside answered with an error."""

    status = 11


class ConfigError(StratusError):
    """A configuration file or key is wrong."""

    status = 12


class LedgerConflict(StratusError):
    """Somebody else changed the same document first; read again and retry."""

    status = 13


class StaleOrder(StratusError):
    """The order is older than what the node has already done."""

    status = 14


class GateUnreachable(StratusError):
    """The front end cannot be reached through its gate."""

    status = 15


BUG_STATUS = 70
INTERRUPTED_STATUS = 130

_KINDS: dict[str, type[StratusError]] = {
    kind.__name__: kind
    for kind in (
        StratusError,
        UsageError,
        NotFound,
        Conflict,
        NoCapacity,
        QuotaExceeded,
        Denied,
        BadInput,
        NodeUnreachable,
        DeadlineExceeded,
        CommandFailed,
        ConfigError,
        LedgerConflict,
        StaleOrder,
        GateUnreachable,
    )
}


def from_wire(code: str, message: str, hint: str = "") -> StratusError:
    """The error that another machine reported, as the same kind here."""
    return _KINDS.get(code, StratusError)(message, hint=hint)
