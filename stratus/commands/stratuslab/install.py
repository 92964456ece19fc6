"""stratus-install: make this machine the front end, or a node as well; the work is that of `stratus install`."""

import socket

import click

from stratus.commands.as_root import become_root
from stratus.commands.install import carry_out
from stratus.commands.install.ground import ground_of
from stratus.commands.install.wish import wish_of
from stratus.commands.node.add import command as add
from stratus.commands.session import Session, pass_session
from stratus.commands.stratuslab.command import BARE, SETTINGS, Noted, StratusLabCommand
from stratus.install.facts import Wish

_PHASE = "has no effect: every step is done, and what is done already stays; see `stratus install --plan`"
_ONE_PROGRAM = "has no effect: front end and node are one program, without parts to choose"
_DRIVER = "has no effect: a node has one way to do each thing, and finds out what the machine can"
_USERS = "has no effect: users are kept in the ledger; see `stratus user`"
_PARAMS = [
    *BARE,
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
@click.option("-n", "--node", metavar="ADDRESS", help="Make the machine with this address a node.")
@click.option("-k", "--private-key", "key_file", default="", metavar="FILE", help="The key that opens that machine.")
@pass_session
@click.pass_context
def command(ctx: click.Context, session: Session, node: str | None, key_file: str) -> None:
    """Make this machine the front end of a cloud, and with -n and an address of its own a node as well.

    With the address of another machine that one becomes a node, as with `stratus node add`.

    \b
    Examples:
      stratus-install
      stratus-install -n localhost
      stratus-install -n n2.example.org -k ~/.ssh/id_ed25519
    """
    if node is not None and not _is_here(node):
        ctx.invoke(add, host=node, key_file=key_file)
        return
    again = ("stratus.commands.stratuslab", "stratus-install", *(("-n", node) if node else ()))
    ground = ground_of(session)
    if not ground.here.is_root:
        become_root(session.environ, again)
    wish = wish_of(session, ground.here, frontend=True, node=bool(node), revert_s=Wish.revert_s)
    carry_out(session, ground, wish, force=False, yes=True, format="table")


def _is_here(address: str) -> bool:
    """Only an address of this machine can be listened on."""
    try:
        family, kind, number, _, place = socket.getaddrinfo(address, 0, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind, number) as trial:
            trial.bind(place)
    except (OSError, ValueError):  # ValueError: no name at all
        return False
    return bool(address)
