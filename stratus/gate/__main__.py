"""stratus-gate: what the gate's sshd starts, for a key that is offered and for a user who came in. Their root.

    stratus-gate keys STATE_DIR LAUNCHER TYPE KEY     sshd's AuthorizedKeysCommand: whose key it is
    stratus-gate serve --user NAME --key FINGERPRINT  sshd's forced command: what that user's session is for
    stratus-gate version

Of a session, SSH_ORIGINAL_COMMAND chooses: nothing for requests as data, `stratus-gate console INSTANCE`, or
`stratus-gate tunnel INSTANCE PORT`.
"""

import os
import sys
from collections.abc import Sequence

from stratus import __version__
from stratus.errors import BUG_STATUS, Denied, StratusError, UsageError

_KEYS_S = 5.0  # so long may others keep the ledger locked before a key opens nothing
_REFUSED = 126
_USAGE = "usage: stratus-gate keys STATE_DIR LAUNCHER TYPE KEY | serve --user NAME --key FINGERPRINT | version"


def main(argv: Sequence[str] | None = None) -> int:
    """The exit status of the sub-command."""
    words = tuple(sys.argv[1:] if argv is None else argv)
    try:
        match words:
            case ("keys", state_dir, launcher, kind, blob):
                return _keys(state_dir, launcher, kind, blob)
            case ("serve", "--user", user, "--key", fingerprint):
                return _serve(user, fingerprint)
            case ("version",):
                print(__version__)
                return 0
        raise UsageError(_USAGE)
    except StratusError as error:
        print(f"stratus-gate: {error.message}" + (f"\n  try: {error.hint}" if error.hint else ""), file=sys.stderr)
        return _REFUSED if isinstance(error, Denied) else error.status


def _keys(state_dir: str, launcher: str, kind: str, blob: str) -> int:
    from stratus.drivers.ledger.sqlite import SqliteLedger
    from stratus.gate.keys import line_for
    from stratus.model.paths import FrontEndPaths

    ledger = SqliteLedger(FrontEndPaths(state_dir).ledger, busy_timeout_s=_KEYS_S, read_only=True)
    if line := line_for(ledger, kind, blob, launcher):
        print(line)
    return 0


def _serve(user: str, fingerprint: str) -> int:
    from stratus.gate.session import session

    try:
        return session(user, fingerprint, os.environ)
    except StratusError:
        raise
    except Exception:
        # Its story is for the administrator's log; standard error is the user's.
        import logging

        logging.getLogger(__name__).exception("a bug in the session of %s", user)
        print("stratus-gate: the front end failed, and nobody expected it; tell the administrator", file=sys.stderr)
        return BUG_STATUS


if __name__ == "__main__":
    sys.exit(main())
