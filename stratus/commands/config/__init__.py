"""stratus config: read, set, edit and check the configuration."""

import click

from stratus.commands.config import changing, checking, editing, showing
from stratus.commands.looks import listing_options
from stratus.commands.session import Session, pass_session
from stratus.config.sources import Sources
from stratus.errors import UsageError
from stratus.model.listing import Look

_VERBS = ("edit", "check")


@click.command("config")
@click.argument("words", metavar="[KEY [VALUE...]]", nargs=-1)
@click.option("--keys", "all_keys", is_flag=True, help="Show every key with its value and its default.")
@click.option("-s", "--section", default="", metavar="NAME", help="Only this section of the file.")
@click.option("--unset", is_flag=True, help="Take KEY out of the file.")
@click.option("--user", is_flag=True, help="Write to your own file, whatever the key.")
@click.option("--site", is_flag=True, help="Write to the site's file, whatever the key.")
@click.option("--show-origin", is_flag=True, help="Say where each value was set: FILE:LINE, a variable, option.")
@click.option("--reveal", is_flag=True, help="Show passwords, which else are ***.")
@click.option("--plan", is_flag=True, help="Show how the file would change, and change nothing.")
@listing_options(showing.KEYS, configured=False)
@pass_session
def command(
    session: Session,
    words: tuple[str, ...],
    all_keys: bool,
    section: str,
    unset: bool,
    user: bool,
    site: bool,
    show_origin: bool,
    reveal: bool,
    plan: bool,
    look: Look,
) -> int:
    """Show the value of KEY, or set it.

    Several words become one VALUE with blanks between; one that begins with a hyphen goes behind `--`. A key of
    stratuslab.cfg(5) is written to the site's file, one of stratuslab-user.cfg(5) to yours. VALUE is written as it
    stands: `%(key)s` in it is another key's value, `%%` is one `%`. Comments, order and mode of a file stay.

    `stratus config edit` opens the file in your editor ($VISUAL, $EDITOR), the site's with --site, and takes the text
    only if it is right; with --plan it only shows what you changed. `stratus config check` shows all that is wrong with
    the files, variables and options.

    `stratus-config` is StratusLab's name of it, for the site's file: with -k for --keys, and -c for another FILE.

    \b
    Examples:
      stratus config nat_network
      stratus config nat_network 10.1.2.0 --plan
      stratus config nat_network 10.1.2.0
      stratus config --keys -s dhcp --show-origin
      stratus config --keys --filter origin!=default --columns key,value
      stratus config --unset nat_network
      stratus config check
    """
    sources = Sources(session.environ, session.overrides, session.user_file)
    forced = _forced(user, site)
    if all_keys or (section and not words):
        _refuse(words, all_keys and unset, plan, forced is not None)
        return showing.show_all(sources, section, look=look, origin=show_origin, reveal=reveal)
    if not words:
        raise UsageError("there is no key", hint="stratus config --keys")
    _refuse((), bool(look.columns or look.sort or look.filters))
    name, *values = words
    if name in _VERBS:
        check = name == "check"
        _refuse(tuple(values), unset, check and plan, bool(section), show_origin, check and forced is not None)
        if not check:
            shown = editing.Shown(plan, reveal, look.document)
            return editing.edit(session, sources, shown, user=forced is not False)
        return checking.check(sources, look.document)
    if unset or values:
        _refuse(tuple(values) if unset else (), show_origin)
        asked = changing.Asked(name, None if unset else " ".join(values), forced, section)
        return changing.change(session, sources, asked, plan=plan, reveal=reveal, format=look.document)
    _refuse((), plan, forced is not None)
    return showing.show_one(sources, name, section, format=look.document, origin=show_origin, reveal=reveal)


def _forced(user: bool, site: bool) -> bool | None:
    if user and site:
        raise UsageError("--user and --site exclude each other", hint="leave one of them out")
    return user if user or site else None


def _refuse(words: tuple[str, ...], *flags: bool) -> None:
    """Complain of what cannot go together, instead of leaving it out."""
    if words:
        raise UsageError(f"{words[0]!r} is too much here", hint="stratus config --help")
    if any(flags):
        raise UsageError("these options do not go together", hint="stratus config --help")
