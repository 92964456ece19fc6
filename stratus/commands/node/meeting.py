"""Coming in to a machine as its administrator: the options, its host key, the session, and the installer sent along."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import click

from stratus import output
from stratus.commands.session import Session
from stratus.config.sources import Sources
from stratus.drivers.link.protocol import Shell
from stratus.errors import Conflict, NotFound, UsageError
from stratus.install.facts import Wish
from stratus.model.node import HostKey, Login, Node
from stratus.model.paths import DEFAULT_STATE_DIR, SENT_AGENT
from stratus.model.requests import ListNodesRequest

F = TypeVar("F", bound=Callable[..., Any])
_RANGES = ("nat", "one_local", "one_private", "one_public")  # of the site's settings, those that its networks are in


def named(session: Session, names: Sequence[str]) -> tuple[Node, ...]:
    """The nodes of these names, in their order; all, if none is named. Raises NotFound."""
    known = {node.name: node for node in session.perform(ListNodesRequest())}
    for name in names:
        if name not in known:
            raise NotFound(f"no node is called {output.clean(name)}", hint="stratus node list")
    return tuple(known[name] for name in names or known)


def login_options(command: F) -> F:
    """--user, --key and --ask-password: with which rights an administrator comes in."""
    for option in reversed(_LOGIN):
        command = option(command)
    return command


_LOGIN = (
    click.option("--user", default="root", help="Whom to log in as: root, or one with sudo; root unless told."),
    click.option("--key", "key_file", default="", metavar="FILE", help="Your private key; unless told, ssh's own."),
    click.option("--ask-password", is_flag=True, help="Log in with a password, which ssh asks for on this terminal."),
)


def login_of(host: str, port: int, user: str, key_file: str, ask_password: bool) -> Login:
    """The same as a value. Raises UsageError where there is nobody to ask."""
    if ask_password and not sys.stdin.isatty():
        raise UsageError("a password is asked for on a terminal only", hint="leave --ask-password out, and give --key")
    if host.startswith("-") or not host.isprintable() or " " in host:
        raise UsageError(f"{output.clean(host)!r} cannot be a machine's name", hint="stratus node list")
    return Login(host, port, user, key_file, ask_password)


def trusted(session: Session, node: str, login: Login, said: str, accept_new: bool) -> HostKey:
    """The key that the machine shows, if it is the pinned one, or the one that was `said`, or is agreed to now.

    Raises Conflict for another one, UsageError when there is nobody to ask, NodeUnreachable."""
    machines = session.cloud.machines
    pins = machines.pinned(node)
    key = machines.shown(login.host, login.port)
    there = f"{login.host}, port {login.port}, shows the host key {key.type} {key.fingerprint}"
    if said:
        if said != key.fingerprint:
            raise Conflict(
                f"{there}, which is not the one that you gave: {said}; nothing was sent",
                hint="on its console: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub",
            )
        return key
    if pins:
        if key not in pins:
            raise Conflict(
                f"THE HOST KEY HAS CHANGED, another machine may pose as {node}: {there}, pinned is "
                f"{pins[0].type} {pins[0].fingerprint}; nothing was sent",
                hint="if it was installed anew, compare on its console: ssh-keygen -lf "
                f"/etc/ssh/ssh_host_ed25519_key.pub; if it is the same: --host-key {key.fingerprint}",
            )
        return key
    session.note(there)
    if not accept_new:
        _agree(login.host, key)
    return key


def _agree(host: str, key: HostKey) -> None:
    if not sys.stdin.isatty():
        raise UsageError(
            "its host key is not known yet, and there is nobody to ask",
            hint=f"compare it on the machine's console, then: stratus node add {host} --host-key {key.fingerprint}",
        )
    output.note("compare it on the machine's console: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub")
    click.confirm("Is it the same?", abort=True, err=True)


@contextmanager
def logged_in(session: Session, login: Login, key: HostKey) -> Iterator[Shell]:
    """A session there, closed afterwards."""
    shell = session.cloud.machines.log_in(login, key)
    try:
        yield shell
    finally:
        shell.close()


def wish_for(session: Session, node: str, release: str) -> Wish:
    """What the other machine shall be. Raises ConfigError, NotFound."""
    from stratus.nodeagent.entry import authorized_keys_line

    config = Sources(session.environ, session.overrides, session.user_file).load()
    state_dir = config.text("state_dir")
    told = () if state_dir == DEFAULT_STATE_DIR else ("env", f"STRATUSLAB_STATE_DIR={state_dir}")
    agent = (*told, SENT_AGENT, "ssh-entry")
    return Wish(
        admin="root",
        admin_group="root",
        node_name=node,
        agent=agent,
        dispatcher=(),
        authorized_line=authorized_keys_line(session.cloud.machines.public_key(), agent),
        frontend=False,
        node_link="machine",
        state_dir=state_dir,
        bridges=(config.text("one_local_network_bridge"), config.text("one_private_network_bridge")),
        keys={name: value for name, value in config.keys_of_site().items() if name.startswith(_RANGES)},
        bridge=config.text("node_bridge_name"),
        release=release,
    )
