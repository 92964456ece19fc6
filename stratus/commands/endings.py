"""How each command can end: the kinds of errors, for its page. The tests hold every command line that they type to it.

A kind stands here if a user can meet it. Besides them any command can be interrupted, or have a bug."""

from collections.abc import Mapping, Sequence

from stratus.errors import (
    BadInput,
    CommandFailed,
    ConfigError,
    Conflict,
    DeadlineExceeded,
    Denied,
    GateUnreachable,
    NoCapacity,
    NodeUnreachable,
    NotFound,
    QuotaExceeded,
    StratusError,
    UsageError,
)

Kinds = tuple[type[StratusError], ...]

# The result cannot be written; the line is wrong; so is what -c sets, or a file.
EVERY: Kinds = (StratusError, UsageError, ConfigError)
# The ledger may not be opened, is locked by somebody else, or its disk is full.
OF_THE_LEDGER: Kinds = (Denied, DeadlineExceeded, NoCapacity)
_FRONT_END: Kinds = (*EVERY, *OF_THE_LEDGER)
# Or the cloud is behind a gate, which does not answer, or lets nobody in.
OF_THE_GATE: Kinds = (GateUnreachable,)
_LEDGER: Kinds = (*_FRONT_END, *OF_THE_GATE)
# There is no such thing, or no thing could have this name.
_INSTANCE: Kinds = (*_LEDGER, NotFound, BadInput)
_CHANGE: Kinds = (*_INSTANCE, Conflict)
_IMAGE: Kinds = (*_CHANGE, CommandFailed)
# The folder is somebody else's, or a link, or cannot be one.
_SANDBOX: Kinds = (*EVERY, Denied, Conflict, BadInput)

ENDINGS: Mapping[str, Kinds] = {
    "run": (*_IMAGE, QuotaExceeded),
    "run-cluster": (*_IMAGE, QuotaExceeded, NodeUnreachable),
    "describe": _INSTANCE,
    "wait": _INSTANCE,
    "connect": _CHANGE,
    "console": (*_CHANGE, NodeUnreachable),
    "log": (*_INSTANCE, NodeUnreachable),
    "why": _INSTANCE,
    "audit": (*_LEDGER, BadInput),
    "stop": _CHANGE,
    "start": (*_CHANGE, QuotaExceeded),
    "reboot": _CHANGE,
    "shutdown": _CHANGE,
    "kill": _CHANGE,
    "image import": _IMAGE,
    "image build": _IMAGE,
    "image list": _LEDGER,
    "image show": _INSTANCE,
    "image log": _INSTANCE,
    "image delete": _CHANGE,
    "node list": _LEDGER,
    "node enable": _INSTANCE,
    "node disable": _INSTANCE,
    "node zone": _INSTANCE,
    "node label": _INSTANCE,
    "node reserve": _INSTANCE,
    "node add": (*_CHANGE, NodeUnreachable, CommandFailed),
    "node update": (*_LEDGER, NotFound, Conflict, NodeUnreachable, CommandFailed),
    "node show": (*_LEDGER, NotFound),
    "node drain": _INSTANCE,
    "node rename": _CHANGE,
    "node run": (*_LEDGER, NotFound, Conflict, NodeUnreachable),
    "node remove": (*_CHANGE, NodeUnreachable, CommandFailed),
    "user add": _CHANGE,
    "user password": (*_FRONT_END, NotFound, BadInput),
    "user certificate": (*_FRONT_END, NotFound, BadInput),
    "user list": _LEDGER,
    "user show": (*_LEDGER, NotFound),
    "user key add": _CHANGE,
    "user key list": (*_LEDGER, NotFound),
    "user key remove": (*_LEDGER, NotFound, Conflict),
    "user role": (*_LEDGER, NotFound),
    "user quota": _INSTANCE,
    "user group": _INSTANCE,
    "user disable": _INSTANCE,
    "user enable": (*_LEDGER, NotFound),
    "user remove": (*_LEDGER, NotFound, Conflict),
    "group add": (*_LEDGER, BadInput, Conflict),
    "group list": _LEDGER,
    "group quota": _INSTANCE,
    "group remove": (*_LEDGER, NotFound),
    "usage": (*_LEDGER, NotFound),
    "capacity": _INSTANCE,
    "simulate": (*EVERY, NotFound, BadInput),
    "login": (*EVERY, *OF_THE_GATE, NotFound, Conflict, Denied, BadInput, DeadlineExceeded),
    "clouds": (*EVERY, *OF_THE_GATE, Denied),
    "config": (*EVERY, NotFound, Conflict, Denied, BadInput, DeadlineExceeded, CommandFailed),
    "doctor": _INSTANCE,
    "burnin": _IMAGE,
    "recover": (*_INSTANCE, NodeUnreachable),
    "dispatch": (*_FRONT_END, Conflict),
    "install": (*_FRONT_END, NotFound, BadInput, Conflict, NodeUnreachable, CommandFailed),
    "uninstall": (*EVERY, Denied, BadInput, DeadlineExceeded, CommandFailed),
    "sandbox start": (*_SANDBOX, DeadlineExceeded),
    "sandbox shell": (*_SANDBOX, NotFound),
    "sandbox run": (*EVERY, NotFound, DeadlineExceeded),
    "sandbox list": EVERY,
    "sandbox fault": (*_SANDBOX, NotFound, NodeUnreachable),
    "sandbox faults": (*_SANDBOX, NotFound, NodeUnreachable),
    "sandbox stop": (*_SANDBOX, NotFound, DeadlineExceeded),
    "completion": EVERY,
    "help": (*EVERY, NotFound),
    # StratusLab's names.
    "run-instance": (*_IMAGE, QuotaExceeded),
    "describe-instance": _INSTANCE,
    "kill-instance": _CHANGE,
    "shutdown-instance": _CHANGE,
    "connect-instance": _CHANGE,
    "copy-config": (*EVERY, Conflict, BadInput),
    "prepare-context": (*EVERY, NotFound, BadInput),
    "hash-password": (*EVERY, BadInput),
}


def endings_of(words: Sequence[str]) -> Kinds:
    """The kinds of errors that a command can end with, by their statuses; of a group, those before its command."""
    return tuple(sorted(ENDINGS.get(" ".join(words), EVERY), key=lambda k: k.status))
