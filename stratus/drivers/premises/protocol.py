"""The premises door: what the front end's machine has besides the ledger, for the doctor."""

from typing import Protocol

from stratus.model.premises import PremisesSeen


class Premises(Protocol):
    """The front end's machine."""

    def look(self) -> PremisesSeen:
        """Key, pinned host keys, dispatcher. Changes nothing."""
        ...

    def close_key(self) -> None:
        """Have only its owner read the private key. Raises Denied for somebody else."""
        ...
