"""stratus sandbox: a whole cloud to try, without a hypervisor and without root."""

import click

from stratus.commands.group import lazy

TABLE = {
    "start": ("stratus.commands.sandbox.start", "make a sandbox, or let one go on"),
    "shell": ("stratus.commands.sandbox.shell", "a shell whose stratus is that of the sandbox"),
    "run": ("stratus.commands.sandbox.run", "run one command in a sandbox of its own"),
    "list": ("stratus.commands.sandbox.listing", "show the sandboxes that run"),
    "fault": ("stratus.commands.sandbox.fault", "let something be wrong with a node"),
    "faults": ("stratus.commands.sandbox.faults", "show what is wrong with which nodes"),
    "stop": ("stratus.commands.sandbox.stop", "end a sandbox and take its folder away"),
}


@click.group("sandbox", cls=lazy("sandbox", TABLE, ""))
def command() -> None:
    """A whole cloud to try, without root and without a hypervisor: the real program, but its nodes are played.

    Every command works inside as it does anywhere; only, nothing runs in the instances.

    \b
    Examples:
      stratus sandbox start
      stratus sandbox shell
    """
