"""The premises of a front end that is only played: as they were said to be, all well unless told."""

import dataclasses

from stratus.model.premises import PremisesSeen


class MemoryPremises:
    """Implements `Premises`; `seen` may be set by anybody."""

    def __init__(self, seen: PremisesSeen | None = None) -> None:
        self.seen = seen or PremisesSeen()

    def look(self) -> PremisesSeen:
        """As it was said to be."""
        return self.seen

    def close_key(self) -> None:
        """From now on only its owner reads it."""
        self.seen = dataclasses.replace(self.seen, key_mode=0o600)
