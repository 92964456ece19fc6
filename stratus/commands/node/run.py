"""stratus node run: a command on nodes, with the administrator's own rights there."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import click

from stratus import output
from stratus.commands.node.meeting import logged_in, login_of, login_options, named
from stratus.commands.options import SECONDS
from stratus.commands.session import Session, pass_session
from stratus.errors import Conflict, NodeUnreachable, StratusError, UsageError
from stratus.model.node import Login, Node

_AT_ONCE = 32


@click.command("run", context_settings={"ignore_unknown_options": True})
@click.option("--on", "names", multiple=True, metavar="NODE", help="On this one; may be given again. All unless told.")
@login_options
@click.option(
    "--timeout", "timeout_s", default=300.0, type=SECONDS, metavar="SECONDS", help="For each; 300 unless told."
)
@click.argument("words", metavar="-- COMMAND...", nargs=-1, required=True, type=click.UNPROCESSED)
@pass_session
def command(
    session: Session,
    names: tuple[str, ...],
    user: str,
    key_file: str,
    ask_password: bool,
    timeout_s: float,
    words: tuple[str, ...],
) -> int:
    """Run a command on nodes, on all at once, over your own SSH: the front end's key opens no shell.

    Each line that it prints begins with the node's name. The words are handed over as they are; for a shell write
    `-- sh -c '...'`. The front end's own machine is left out: there you are already.

    \b
    Examples:
      stratus node run -- uptime
      stratus node run --on n2 --on n3 --user admin -- sudo apt-get update

    Exit status: the highest of those of the command; or that of the error; stratus(1) lists them.
    """
    if words[0].startswith("-"):  # what is unknown is left to COMMAND, where it is no mistake
        raise click.NoSuchOption(words[0])
    nodes = [node for node in named(session, names) if _is_away(node, bool(names))]
    if ask_password and len(nodes) > 1:
        raise UsageError("a password is asked for on one node at a time", hint=f"--on {nodes[0].name}")
    logins = [login_of(node.reach.host, node.reach.port, user, key_file, ask_password) for node in nodes]
    if not nodes:
        session.warn("this cloud has no node on another machine yet; try: stratus node add HOST")
        return 0

    def on(node: Node, login: Login) -> int:
        return _run(session, node, login, words, timeout_s)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return max(pool.map(on, nodes, logins))


def _is_away(node: Node, is_named: bool) -> bool:
    if is_named and not node.is_away:
        raise Conflict(f"{node.name} is the front end's own machine", hint="run the command without `stratus node run`")
    return node.is_away


def _run(session: Session, node: Node, login: Login, words: tuple[str, ...], timeout_s: float) -> int:
    """The command's status, or that of what went wrong, which is told."""
    try:
        pins = session.cloud.machines.pinned(node.name)
        if not pins:
            raise NodeUnreachable(f"{node.name}: its host key is not known", hint=f"stratus node add {login.host}")
        with logged_in(session, login, pins[0]) as shell:
            ran = shell.run(words, say=_teller(node.name, output.note), timeout_s=timeout_s)
    except StratusError as error:
        output.note(f"{node.name}: {output.clean(error.message)}" + (f"; try: {error.hint}" if error.hint else ""))
        return error.status
    tell = _teller(node.name, output.show)
    for line in ran.output.splitlines():
        tell(line)
    return ran.status


def _teller(name: str, tell: Callable[[str], None]) -> Callable[[str], None]:
    return lambda line: tell(f"{name}: {output.clean(line)}")
