"""stratus-config: the site's configuration under StratusLab's name; the work is that of `stratus config`."""

import click

from stratus import output
from stratus.commands.config import changing, showing
from stratus.commands.session import Session, pass_session
from stratus.commands.stratuslab.command import BARE, SETTINGS, Noted, StratusLabCommand
from stratus.config.sources import Sources
from stratus.errors import UsageError

_WIDTH = 25
_RULE = "-" * 76
_PARAMS = [*BARE, Noted("-r", note="is replaced by `stratus config --unset KEY`")]


@click.command("stratus-config", cls=StratusLabCommand, context_settings=SETTINGS, params=_PARAMS)
@click.argument("words", metavar="[KEY [VALUE...]]", nargs=-1)
@click.option("-k", "--keys", "all_keys", is_flag=True, help="Show every key with its value and its default.")
@click.option("-s", "only", default="", metavar="SECTION", help="Only this section.")
@click.option(
    "-c", "--config", "site_file", metavar="FILE", help="The configuration; /etc/stratuslab/stratuslab.cfg unless told."
)
@pass_session
def command(session: Session, words: tuple[str, ...], all_keys: bool, only: str, site_file: str | None) -> int:
    """Show the value of a key of the site's configuration, or set it; several words become one value.

    Passwords are shown as ***; `stratus config --reveal KEY` shows them.

    \b
    Examples:
      stratus-config --keys
      stratus-config frontend_ip
      stratus-config one_public_network_addr 192.0.2.10 192.0.2.11
    """
    sources = Sources(session.environ, session.overrides, session.user_file, site_file)
    if all_keys or (only and not words):
        if words:
            raise UsageError(f"{words[0]!r} is too much beside --keys", hint=f"stratus-config {words[0]}")
        _show_all(sources, only)
        return 0
    if not words:
        raise UsageError("there is no key", hint="stratus-config --keys")
    name, *values = words
    if values:
        asked = changing.Asked(name, " ".join(values), user=False, section=only)
        return changing.change(session, sources, asked, plan=False, reveal=False, format="table")
    return showing.show_one(sources, name, only, format="table", origin=False, reveal=False)


def _show_all(sources: Sources, section: str) -> None:
    """The columns of StratusLab: key, current value, default; a rule between two sections."""
    config = sources.load()
    last = ""
    for key in showing.keys_of(section):
        if key.user:
            continue
        if key.section != last:
            if last:
                output.show(_RULE)
            last = key.section
            output.show(_line(f"[{key.section}]", "CURRENT", "DEFAULT"))
        current = str(showing.row(config, key, reveal=False)["value"])
        output.show(_line(key.name, output.clean(current), output.clean(key.default)))


def _line(key: str, current: str, default: str) -> str:
    return f" {key.ljust(_WIDTH)}|  {current.ljust(_WIDTH)}|  {default}"
