"""Enrolment: the front end's ledger knows this node and how to reach it."""

from stratus.install.deeds import Deed, Enrol
from stratus.install.facts import Facts, Wish


def plan(facts: Facts, wish: Wish) -> tuple[Deed, ...]:
    """Enrol, unless the ledger says the same already."""
    if not (wish.frontend and wish.node) or facts.enrolled:
        return ()
    return (Enrol(wish.node_name, (wish.admin, wish.admin_group)),)
