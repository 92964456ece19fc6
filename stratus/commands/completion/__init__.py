"""stratus completion: the script that completes command lines in a shell."""

from pathlib import Path

import click

from stratus import output
from stratus.commands.stratuslab.names import NAMES, PREFIX

SHELLS = ("bash", "zsh", "fish")


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
def command(shell: str) -> None:
    """Print the script that makes a shell complete what you type: commands, options, names of instances and images.

    One line in the shell's own file turns it on: of ~/.bashrc, `source <(stratus completion bash)`; of ~/.zshrc,
    `source <(stratus completion zsh)`; of ~/.config/fish/config.fish, `stratus completion fish | source`.
    StratusLab's hyphenated names are completed too. Names come from the ledger, so they are completed for those who may
    read it; no node is asked, and nothing is written.

    \b
    Examples:
      stratus completion bash
      stratus completion zsh
      stratus completion fish
    """
    output.show(script(shell))


def script(shell: str) -> str:
    """The text of the script."""
    text = (Path(__file__).parent / f"stratus.{shell}").read_text("utf-8")
    return text.replace("@NAMES@", " ".join(("stratus", *(PREFIX + name for name in NAMES)))).rstrip("\n")
