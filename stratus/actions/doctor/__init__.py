"""doctor: look at every node, compare with the ledger, name what differs, and mend it when told."""

from stratus.actions.doctor.doctor import doctor

__all__ = ["doctor"]
