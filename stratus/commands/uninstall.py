"""stratus uninstall: take away what `stratus install` made on this machine."""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict

import click

from stratus import output
from stratus.commands.as_root import become_root, program
from stratus.commands.options import output_option, plan_option
from stratus.commands.session import Session, pass_session
from stratus.config.sources import Sources
from stratus.errors import CommandFailed, UsageError
from stratus.install import uninstall as undoing
from stratus.install.uninstall import Undoing

_CLEAR_S = 300.0


@click.command("uninstall")
@click.option("--packages", is_flag=True, help="Also the packages that came with the installation.")
@plan_option
@output_option
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@pass_session
def command(session: Session, packages: bool, plan: bool, format: str, yes: bool) -> None:
    """Take away what `stratus install` made here: the instances and images too, and nothing else.

    Interrupted, it goes on when it is called again.

    \b
    Examples:
      stratus uninstall --plan
      stratus uninstall --yes --packages
    """
    if not plan:
        become_root(session.environ)
        if not (yes or _agreed()):
            session.note("nothing was changed")
            return
    state_dir = Sources(session.environ, session.overrides, session.user_file).load().text("state_dir")
    journal = f"{state_dir}/install.json"
    if plan:
        _show(undoing.plan(journal, packages=packages), format, in_full=True)
        return
    gone = undoing.uninstall(journal, clear=lambda: _clear(state_dir), say=output.note, packages=packages)
    _show(gone, format, in_full=False)


def _show(gone: Sequence[Undoing], format: str, *, in_full: bool) -> None:
    lines = [line for each in gone for line in each.deeds]
    done = "\n".join(map(output.clean, lines)) if in_full else "this machine is as it was before `stratus install`"
    text = done if gone else "nothing was installed here"
    output.value([asdict(each) for each in gone], format, lambda: output.show(text))


def _agreed() -> bool:
    if not sys.stdin.isatty():
        raise UsageError("this destroys instances and images, and there is nobody to ask", hint="stratus uninstall -y")
    return click.confirm("Every instance, image and setting of this cloud on this machine goes. Go on?", err=True)


def _clear(state_dir: str) -> None:
    """The agent knows what it made: it ends the instances and takes the bridges away."""
    argv = ("env", f"STRATUSLAB_STATE_DIR={state_dir}", program("stratus-nodeagent"), "clear")
    try:
        done = subprocess.run(
            argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_CLEAR_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CommandFailed(f"the agent does not clear this node: {error}", hint=" ".join(argv)) from error
    if done.returncode != 0:
        raise CommandFailed(f"the agent does not clear this node: {done.stderr.strip()}", hint=" ".join(argv))
