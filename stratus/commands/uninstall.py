"""stratus uninstall: take away what `stratus install` made on this machine."""

import sys
from collections.abc import Sequence
from dataclasses import asdict

import click

from stratus import output
from stratus.commands.as_root import become_root
from stratus.commands.install.ground import ground_of
from stratus.commands.options import output_option, plan_option
from stratus.commands.session import Session, pass_session
from stratus.config.sources import Sources
from stratus.errors import StratusError, UsageError
from stratus.install import uninstall as undoing
from stratus.install.uninstall import Undoing
from stratus.model.paths import InstallPaths


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
    ground = ground_of(session)
    if not (plan or ground.here.is_root):
        become_root(session.environ)
    if not plan and not (yes or _agreed()):
        session.note("nothing was changed")
        return
    config = Sources(session.environ, session.overrides, session.user_file).load()
    journal = InstallPaths(config.text("state_dir")).journal
    if plan:
        _show(undoing.plan(ground, journal, packages=packages), format, in_full=True)
        return
    try:
        gone = undoing.uninstall(ground, journal, say=output.note, packages=packages)
    except StratusError as error:
        rest = "what is gone is gone; `stratus uninstall` goes on with this one"
        raise type(error)(f"{error.message}\n{rest}", hint=error.hint or "stratus uninstall --plan") from error
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
