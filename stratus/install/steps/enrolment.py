"""Enrolment: the front end's ledger knows this node and how to reach it."""

from stratus.install.deeds import Deed, Enrol, Run
from stratus.install.facts import Facts, Wish

# The first question makes libvirt try every emulator once, half a minute on a slow machine; it remembers the answer.
_ACQUAINT = Run(("virsh", "-c", "qemu:///system", "capabilities"), timeout_s=300.0)


def plan(facts: Facts, wish: Wish) -> tuple[Deed, ...]:
    """Enrol, unless the ledger says the same already."""
    if not (wish.frontend and wish.node) or facts.enrolled:
        return ()
    return (_ACQUAINT, Enrol(wish.node_name, (wish.admin, wish.admin_group)))
