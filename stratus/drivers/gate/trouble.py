"""What the last words of ssh mean for somebody who wanted to reach a cloud: the cause, and the one command to try."""

import re
from collections.abc import Callable

from stratus.errors import Denied, GateUnreachable, StratusError
from stratus.model.endpoint import Endpoint

SSH_FAILED = 255  # ssh's own errors; any other status is that of the forced command
_LONGEST = 300
_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")
_BANNERS = re.compile(r"^[@\s]*$|^@.*@$|^\*\*|^Warning: Permanently added")


def trouble_of(endpoint: Endpoint, status: int, said: str) -> StratusError:
    """The error for an ssh that ended with `status` and wrote `said` to standard error."""
    for sign, judge in _SIGNS:
        if re.search(sign, said):
            return judge(endpoint, said)
    words = _last_words(said)
    if status == SSH_FAILED:
        return GateUnreachable(
            f"{endpoint} cannot be reached{f': {words}' if words else ''}", hint=_try_by_hand(endpoint)
        )
    return GateUnreachable(
        f"{endpoint}: the front end ended the channel with status {status}{f'; it said: {words}' if words else ''}",
        hint="its administrator finds more in the gate's log: journalctl -u stratus-gate",
    )


def _refused(endpoint: Endpoint, said: str) -> StratusError:
    methods = re.search(r"Permission denied \(([^)]*)\)", said)
    keyboard = methods is not None and "publickey" not in methods[1]
    if keyboard:
        return GateUnreachable(
            f"what answers at {endpoint} takes no keys at all, so it is no gate", hint="is the port right?"
        )
    return Denied(
        f"{endpoint} takes none of your keys: none of them is a user's there, or that user is disabled",
        hint="send your public key (~/.ssh/id_ed25519.pub) to its administrator, or name another one: "
        f"stratus login {endpoint} -i KEY",
    )


def _changed(endpoint: Endpoint, said: str) -> StratusError:
    shown = _FINGERPRINT.search(said)
    return Denied(
        f"THE HOST KEY OF {endpoint} HAS CHANGED, another machine may pose as it"
        f"{f'; it shows {shown[0]} now' if shown else ''}; nothing was sent",
        hint=f"ask its administrator; if that is right: stratus login {endpoint} --host-key "
        f"{shown[0] if shown else 'SHA256:...'}",
    )


def _unknown(endpoint: Endpoint, said: str) -> StratusError:
    return Denied(f"the host key of {endpoint} is not known here; nothing was sent", hint=f"stratus login {endpoint}")


def _nowhere(endpoint: Endpoint, said: str) -> StratusError:
    return GateUnreachable(f"there is no machine called {endpoint.host}", hint=f"getent hosts {endpoint.host}")


def _closed(endpoint: Endpoint, said: str) -> StratusError:
    return GateUnreachable(
        f"nothing answers at {endpoint.host}, port {endpoint.port}: {_reason(said)}",
        hint=f"is the address right? on the front end: systemctl status stratus-gate; from here: "
        f"ssh-keyscan -p {endpoint.port} {endpoint.host}",
    )


def _key_file(endpoint: Endpoint, said: str) -> StratusError:
    return Denied(f"{endpoint}: your key cannot be used: {_last_words(said)}", hint="ssh-add, or chmod 600 the key")


Judge = Callable[[Endpoint, str], StratusError]
# The first that is found counts: a changed host key is followed by words about a failed verification.
_SIGNS: tuple[tuple[str, Judge], ...] = (
    (r"IDENTIFICATION HAS CHANGED|POSSIBLE DNS SPOOFING|REVOKED HOST KEY", _changed),
    (r"host key is known for|Host key verification failed", _unknown),
    (r"UNPROTECTED PRIVATE KEY FILE", _key_file),
    (r"Permission denied \(", _refused),
    (r"Too many authentication failures", _refused),
    (r"Could not resolve hostname", _nowhere),
    (
        r"Connection refused|Connection timed out|No route to host|Network is unreachable|timed out during banner"
        r"|Operation timed out|Connection (closed|reset) by|kex_exchange_identification",
        _closed,
    ),
)


def _reason(said: str) -> str:
    words = _last_words(said)
    return words.rpartition(": ")[2] if ": " in words else words


def _last_words(said: str) -> str:
    lines = [line.strip() for line in said.splitlines()]
    told = [line for line in lines if line and not _BANNERS.match(line)]
    return told[-1][:_LONGEST] if told else ""


def _try_by_hand(endpoint: Endpoint) -> str:
    return f"ssh -v -p {endpoint.port} {endpoint.user}@{endpoint.host}"
