"""The premises door: the front end's own machine, besides its ledger."""
