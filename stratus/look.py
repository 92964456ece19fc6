"""A look at the ledger, for completion: read only, never for long, and without the rest of the cloud."""

from stratus.config import Config
from stratus.drivers.ledger.protocol import Ledger
from stratus.model.paths import FrontEndPaths

PATIENCE_S = 0.2


def ledger_to_read(config: Config) -> Ledger:
    """The ledger of this machine's configuration. Makes and changes no file. Raises StratusError if there is none."""
    from stratus.drivers.ledger.sqlite import SqliteLedger

    path = FrontEndPaths(config.text("state_dir")).ledger
    return SqliteLedger(path, busy_timeout_s=PATIENCE_S, read_only=True)
