"""StratusLabCommand: a hyphenated command. Long options may be shortened, and what has no effect here is warned of."""

from collections.abc import Iterable, Sequence
from typing import Any

import click
from click.core import ParameterSource

from stratus import __version__, output
from stratus.commands.stratuslab.outside import Outside

_OUTSIDE = f"{__name__}.outside"
_COMMON = {"verbose": 0, "quiet": 0, "section": None, "user_file": None}
_SILENT = 2  # -qq: no warnings

pass_outside = click.decorators.pass_meta_key(_OUTSIDE, doc_description="the world outside")


class Noted(click.Option):
    """An option that is accepted and does nothing. `note` goes on after its name: why, or what replaced it.

    Of a value in `agrees` nothing is said: that is what happens anyway."""

    def __init__(self, *words: str, note: str, metavar: str = "", many: bool = False, agrees: Sequence[str] = ()):
        shown = f"{note[0].upper()}{note[1:]}."
        # click takes the value of an option for optional where is_flag is False, and not where it is None.
        super().__init__(words, help=shown, metavar=metavar or None, is_flag=None if metavar else True, multiple=many)
        self.note = note
        self.agrees = agrees

    @property
    def word(self) -> str:
        """Its name as one would write it out."""
        return self.opts[-1]

    @classmethod
    def deaf(cls, option: click.Option, note: str) -> "Noted":
        """The same words, in a command that pays no heed to them."""
        return cls(*option.opts, note=note, metavar="" if option.is_flag else option.metavar or "VALUE")


class StratusLabCommand(click.Command):
    """A command of StratusLab's. Handed an Outside; its function is handed a Session."""

    def __init__(self, name: str | None, params: Iterable[click.Parameter] = (), **more: Any):
        # In the help and on the man page: the options that do something, those that do not, the arguments.
        super().__init__(name, params=sorted(params, key=_rank), **more)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """The words; a long option may be cut where it stays the only one that begins so, as it might in StratusLab."""
        words = list(args)
        while True:
            try:
                return super().parse_args(ctx, list(words))
            except click.NoSuchOption as problem:
                longer = self._spelt_out(ctx, problem.option_name)
                place = _index_of(words, problem.option_name)
                if longer is None or place is None:
                    raise
                words[place] = longer + words[place].removeprefix(problem.option_name)

    def invoke(self, ctx: click.Context) -> object:
        """Warn of what does nothing, then do the work with the session that the common options ask for."""
        outside = ctx.obj
        assert isinstance(outside, Outside)
        common = {name: ctx.params.pop(name, default) for name, default in _COMMON.items()}
        noted = [parameter for parameter in self.params if isinstance(parameter, Noted)]
        given = {each.word: ctx.params.pop(each.name or "") for each in noted}
        for each in noted:
            typed = ctx.get_parameter_source(each.name or "") is ParameterSource.COMMANDLINE
            if typed and given[each.word] not in each.agrees and common["quiet"] < _SILENT:
                output.note(f"{self.name}: warning: {each.word} {each.note}")
        session = outside.session(**common)
        ctx.call_on_close(session.close)
        ctx.obj = session
        ctx.meta[_OUTSIDE] = outside
        return super().invoke(ctx)

    def _spelt_out(self, ctx: click.Context, start: str) -> str | None:
        names = {word for parameter in self.get_params(ctx) for word in parameter.opts}
        found = [word for word in names if word.startswith(start)]
        return found[0] if start.startswith("--") and len(found) == 1 else None


def _rank(parameter: click.Parameter) -> int:
    return 2 if isinstance(parameter, click.Argument) else 1 if isinstance(parameter, Noted) else 0


def _index_of(words: Sequence[str], option: str) -> int | None:
    return next((i for i, word in enumerate(words) if word == option or word.startswith(f"{option}=")), None)


def _show_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        output.show(f"{ctx.command.name} {__version__}")
        ctx.exit()


BARE: tuple[click.Option, ...] = (
    click.Option(["-v", "--verbose"], count=True, help="Say more; may be repeated."),
    click.Option(["-q", "--quiet"], count=True, help="Say less; may be repeated."),
    click.Option(
        ["--version"], is_flag=True, is_eager=True, expose_value=False, callback=_show_version, help="Show the version."
    ),
)
SECTION = click.Option(
    ["-S", "--user-config-section", "section"],
    metavar="NAME",
    help="The section of the user configuration to use; also STRATUSLAB_USER_CONFIG_SECTION.",
)
USER: tuple[click.Option, ...] = (
    *BARE,
    click.Option(
        ["-c", "--config", "user_file"],
        metavar="FILE",
        help="The user configuration file; ~/.stratuslab/stratuslab-user.cfg unless told.",
    ),
    SECTION,
)
SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
