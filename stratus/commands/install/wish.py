"""What the command line and the configuration make of this machine: the wish, and how the node gets into the ledger."""

import os
from collections.abc import Mapping
from pathlib import Path

from stratus.commands.session import Session
from stratus.config import REFERENCE_DIR, Config, known_keys
from stratus.config.sources import Sources
from stratus.errors import UsageError
from stratus.install.apply import Hooks
from stratus.install.facts import Wish
from stratus.install.ground import Ground, Here
from stratus.install.steps.sshd import port_of
from stratus.model.node import Node, Reach
from stratus.model.paths import DEFAULT_CONFIG_DIR, DEFAULT_STATE_DIR
from stratus.model.requests import EnrolRequest


def wish_of(session: Session, here: Here, *, frontend: bool, node: bool, revert_s: float, gate: bool = False) -> Wish:
    """What this machine shall be; `gate`: users are let in, whatever the configuration says so far.

    Raises ConfigError, and UsageError for settings that would not last."""
    sources = Sources(session.environ, session.overrides, session.user_file)
    config = sources.load()
    return Wish(
        admin=here.admin,
        admin_group=here.admin_group,
        node_name=here.host,
        agent=_agent(config, here),
        dispatcher=_dispatcher(sources, here),
        frontend=frontend,
        node=node,
        node_link=config.text("node_link"),
        state_dir=config.text("state_dir"),
        config_dir=str(sources.site.parent),
        cfg_reference=(REFERENCE_DIR / "stratuslab.cfg.ref").read_text("utf-8"),
        bridges=(config.text("one_local_network_bridge"), config.text("one_private_network_bridge")),
        keys=config.keys_of_site(),
        bridge=config.text("node_bridge_name"),
        bridge_interface=config.text("node_network_interface") if config.flag("node_bridge_configure") else "",
        client=session.environ.get("SSH_CONNECTION", "").partition(" ")[0],
        revert_s=revert_s,
        python=here.python,
        settings={**_settings(sources), **({"gate": "True"} if gate else {})},
        gate=gate or config.flag("gate"),
        gate_asked=gate,
        gate_port=config.integer("gate_port"),
        gate_address=config.text("gate_address").strip(),
        gate_account=config.text("gate_account"),
    )


def hooks_of(session: Session, ground: Ground, wish: Wish) -> Hooks:
    """What the installation needs from the rest of the program."""
    from stratus.nodeagent.entry import authorized_keys_line

    return Hooks(
        ground,
        authorized_line=lambda public_key: authorized_keys_line(public_key, wish.agent),
        enroll=lambda: _enroll(session, wish),
        enrolled=lambda: _is_enrolled(session, wish),
    )


def _settings(sources: Sources) -> Mapping[str, str]:
    """What `-c` says of the site: it goes into a new configuration, and one that is there must agree with it."""
    site = {name: value for name, value in sources.overrides.items() if not known_keys()[name].user}
    if sources.site.exists():
        there = Sources(sources.environ, {}, sources.user_file).load()
        for name, value in site.items():
            if there.text(name) != value:
                raise UsageError(
                    f"{sources.site} says {name} = {there.text(name)}, and installing leaves it as it is",
                    hint=f"stratus config {name} {value}",
                )
    return site


def _agent(config: Config, here: Here) -> tuple[str, ...]:
    """The agent's command line; it reads no configuration, so that another state directory is told to it."""
    state_dir = config.text("state_dir")
    told = () if state_dir == DEFAULT_STATE_DIR else ("env", f"STRATUSLAB_STATE_DIR={state_dir}")
    return (*told, here.agent, "ssh-entry")


def _dispatcher(sources: Sources, here: Here) -> tuple[str, ...]:
    """The dispatcher's command line; it is told where the configuration is, if that is another place."""
    folder = str(sources.site.parent)
    told = () if folder == DEFAULT_CONFIG_DIR else ("/usr/bin/env", f"STRATUSLAB_CONFIG_DIR={folder}")
    return (*told, here.python, "-P", "-m", "stratus.cli", "dispatch", "--resident")


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

    if not os.path.exists(wish.front_end.ledger):
        return False
    request = _request(wish)
    cloud = session.opener()
    try:
        found = records.read(cloud.ledger, records.NODE, wish.node_name, Node)
    finally:
        cloud.close()
    wanted = Reach(request.host, request.port, request.user, request.way, request.agent)
    return found is not None and found[0].reach == wanted
