"""The table of StratusLab's command names: what each is here, and the command that took its place."""

from importlib import import_module

import click

from stratus.errors import UsageError
from stratus.model.values import dataclass

PREFIX = "stratus-"


@dataclass(frozen=True)
class Name:
    """One of StratusLab's names: its module (with the attribute `command`), one line of help, the new command."""

    module: str
    about: str
    becomes: str


NAMES: dict[str, Name] = {
    "run-instance": Name("run_instance", "start machines, as StratusLab did", "stratus run"),
    "run-cluster": Name("run_cluster", "start machines as a cluster, as StratusLab did", "stratus run-cluster"),
    "describe-instance": Name("describe_instance", "list machines in StratusLab's columns", "stratus describe"),
    "kill-instance": Name("kill_instance", "end machines at once", "stratus kill"),
    "shutdown-instance": Name("shutdown_instance", "power machines off cleanly, then end them", "stratus shutdown"),
    "connect-instance": Name("connect_instance", "log in to a machine over SSH", "stratus connect"),
    "install": Name("install", "make this machine a front end, or a node as well", "stratus install"),
    "config": Name("config", "show and set keys of the site's configuration", "stratus config"),
    "copy-config": Name("copy_config", "make a user configuration file from the reference", ""),
    "prepare-context": Name("prepare_context", "write cloud-init data as a context file", "stratus run --cloud-init"),
    "hash-password": Name("hash_password", "hash a password as StratusLab's password files have it", ""),
}


def command_of(name: str) -> click.Command:
    """The command called `name`, with or without `stratus-`; imported now. Raises UsageError."""
    known = NAMES.get(name.removeprefix(PREFIX))
    if known is None:
        raise UsageError(f"there is no command {name!r}", hint=f"one of: {', '.join(PREFIX + each for each in NAMES)}")
    command = import_module(f"stratus.commands.stratuslab.{known.module}").command
    assert isinstance(command, click.Command)
    return command
