"""stratus install: make this machine the front end, a node, or both."""

import os
import socket
import sys
import time
from pathlib import Path

import click

from stratus import output
from stratus.commands.as_root import administrator, become_root, program
from stratus.commands.session import Session, pass_session
from stratus.config import REFERENCE_DIR, Config, load
from stratus.errors import UsageError
from stratus.install.apply import Hooks, install
from stratus.install.facts import Wish
from stratus.install.steps.sshd import port_of
from stratus.model.node import Node, Reach
from stratus.model.paths import DEFAULT_STATE_DIR, FrontEndPaths
from stratus.model.requests import EnrolRequest


@click.command("install")
@click.option("--frontend", is_flag=True, help="Only the front end.")
@click.option("--node", is_flag=True, help="Only a node.")
@click.option("--plan", is_flag=True, help="Show the steps with their exact commands and change nothing.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@pass_session
def command(session: Session, frontend: bool, node: bool, plan: bool, yes: bool) -> None:
    """Make this machine front end and node, or one of them.

    Needs root, or sudo. May be repeated: what is done already stays as it is, and an installation that was
    interrupted goes on. `stratus uninstall` takes away what it made.

    \b
    Examples:
      stratus install --plan
      stratus install --yes
    """
    both = frontend == node
    if not plan:
        become_root(session.environ)
    wish = _wish(session, frontend=frontend or both, node=node or both)
    hooks = _hooks(session, wish)
    if plan:
        install(wish, hooks, say=output.show, plan_only=True)
        return
    if not yes and not _agreed(wish, hooks):
        return
    began = time.monotonic()
    done = install(wish, hooks, say=output.note)
    changed = [step.name for step in done if step.changed]
    spent = time.monotonic() - began
    roles = " and ".join(name for name, is_so in (("front end", wish.frontend), ("node", wish.node)) if is_so)
    if changed:
        output.show(f"this machine is {roles} now ({spent:.1f} s; changed: {', '.join(changed)})")
    else:
        output.show(f"this machine is {roles} already; nothing was changed ({spent:.1f} s)")


def _agreed(wish: Wish, hooks: Hooks) -> bool:
    """Whether to go on: after the plan was shown and the question answered, or when there is nothing to ask about."""
    if not sys.stdin.isatty():
        raise UsageError("this changes the machine and there is nobody to ask", hint="stratus install --yes")
    steps = install(wish, hooks, say=output.note, plan_only=True)
    return not any(step.changed for step in steps) or click.confirm("Do this?", err=True)


def _wish(session: Session, *, frontend: bool, node: bool) -> Wish:
    admin, group = administrator(session.environ)
    config = load(environ=session.environ)
    return Wish(
        admin=admin,
        admin_group=group,
        node_name=socket.gethostname(),
        agent=_agent(config, "ssh-entry"),
        dispatcher=(sys.executable, "-P", "-m", "stratus.cli", "dispatch", "--resident"),
        frontend=frontend,
        node=node,
        node_link=config.text("node_link"),
        state_dir=config.text("state_dir"),
        cfg_reference=(REFERENCE_DIR / "stratuslab.cfg.ref").read_text("utf-8"),
        bridges=(config.text("one_local_network_bridge"), config.text("one_private_network_bridge")),
    )


def _agent(config: Config, *words: str) -> tuple[str, ...]:
    """The agent's command line; it reads no configuration, so that another state directory is told to it."""
    state_dir = config.text("state_dir")
    told = () if state_dir == DEFAULT_STATE_DIR else ("env", f"STRATUSLAB_STATE_DIR={state_dir}")
    return (*told, program("stratus-nodeagent"), *words)


def _hooks(session: Session, wish: Wish) -> Hooks:
    from stratus.nodeagent.entry import authorized_keys_line

    return Hooks(
        authorized_line=lambda public_key: authorized_keys_line(public_key, wish.agent),
        enroll=lambda: _enroll(session, wish),
        enrolled=lambda: _is_enrolled(session, wish),
    )


def _request(wish: Wish) -> EnrolRequest:
    """What reaches this machine's node: its own sshd, whose port the installer chose."""
    if wish.node_link == "local":
        return EnrolRequest(wish.node_name, way="local", agent=wish.agent[:-1])
    config = Path(wish.sshd_config)
    port = port_of(config.read_text("utf-8")) if config.exists() else None
    return EnrolRequest(wish.node_name, port=port or wish.ssh_port, agent=wish.agent[:-1])


def _enroll(session: Session, wish: Wish) -> None:
    from stratus.actions.node import enroll

    cloud = session.opener()
    try:
        enroll(cloud, _request(wish))
    finally:
        cloud.close()


def _is_enrolled(session: Session, wish: Wish) -> bool:
    """Whether the ledger has this node with the same way to it. Makes no ledger where there is none."""
    from stratus.actions import records

    if not os.path.exists(FrontEndPaths(wish.state_dir).ledger):
        return False
    request = _request(wish)
    cloud = session.opener()
    try:
        found = records.read(cloud.ledger, records.NODE, wish.node_name, Node)
    finally:
        cloud.close()
    wanted = Reach(request.host, request.port, request.user, request.way, request.agent)
    return found is not None and found[0].reach == wanted
