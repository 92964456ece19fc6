"""The ledger door."""
