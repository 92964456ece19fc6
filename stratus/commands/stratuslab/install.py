"""stratus-install: make this machine the front end, or a node as well; the work is that of `stratus install`."""

import socket

import click

from stratus.commands.as_root import become_root
from stratus.commands.install import carry_out
from stratus.commands.install.wish import wish_of
from stratus.commands.session import Session, pass_session
from stratus.commands.stratuslab.command import BARE, SETTINGS, Noted, StratusLabCommand
from stratus.errors import UsageError
from stratus.install.facts import Wish

_PHASE = "has no effect: every step is done, and what is done already stays; see `stratus install --plan`"
_ONE_PROGRAM = "has no effect: front end and node are one program, without parts to choose"
_DRIVER = "has no effect: a node has one way to do each thing, and finds out what the machine can"
_USERS = "has no effect: there are no users but the administrator yet"
_PARAMS = [
    *BARE,
    Noted("-k", "--private-key", metavar="FILE", note="has no effect: the front end makes a key of its own for nodes"),
    *(Noted(word, note=_PHASE) for word in ("--install", "--setup", "--start")),
    Noted("-t", "--template", metavar="FILE", note=_ONE_PROGRAM),
    *(Noted(word, metavar="NAME", note=_DRIVER) for word in ("--im", "--vmm", "--tm", "--vnm")),
    *(Noted(word, note=_ONE_PROGRAM) for word in ("--opennebula", "--sunstone", "--consolidation")),
    *(Noted(word, note="has no effect: no other database is needed") for word in ("--couchbase", "--couchbase-client")),
    Noted("--persistent-disk", note="has no effect: there are no persistent disks yet"),
    *(Noted(word, note=_USERS) for word in ("--openldap", "--registration")),
    Noted("--port-translation", note="has no effect: addresses are not translated"),
    Noted("--cimi", note="has no effect: nothing is served over HTTP yet"),
]


@click.command("stratus-install", cls=StratusLabCommand, context_settings=SETTINGS, params=_PARAMS)
@click.option("-n", "--node", metavar="ADDRESS", help="Make this machine a node too; an address of its own, so far.")
@pass_session
def command(session: Session, node: str | None) -> None:
    """Make this machine the front end of a cloud; with -n a node as well. Asks nothing.

    \b
    Examples:
      stratus-install
      stratus-install -n localhost
    """
    if node is not None and not _is_here(node):
        raise UsageError(
            f"{node!r} is another machine, and none but this one can be installed from here yet",
            hint="stratus-install -n localhost",
        )
    again = ("stratus.commands.stratuslab", "stratus-install", *(("-n", node) if node else ()))
    become_root(session.environ, again)
    wish = wish_of(session, frontend=True, node=bool(node), revert_s=Wish.revert_s)
    carry_out(session, wish, force=False, yes=True, format="table")


def _is_here(address: str) -> bool:
    """Only an address of this machine can be listened on."""
    try:
        family, kind, number, _, place = socket.getaddrinfo(address, 0, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind, number) as trial:
            trial.bind(place)
    except (OSError, ValueError):  # ValueError: no name at all
        return False
    return bool(address)
