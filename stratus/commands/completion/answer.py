"""What the shells' scripts ask for while somebody types: `stratus --complete SHELL ...`.

The first line of the answer is its kind: `words`, `open` (words, and no blank behind one), or `files`. The others are
a candidate each, for zsh and fish with a tab and a description; for bash they are written as bash must be typed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePath

import click

# click has no public way to ask which parameter a word belongs to.
from click.shell_completion import CompletionItem, _resolve_context, _resolve_incomplete

from stratus import output
from stratus.commands.completion.line import Unfinished, read_line
from stratus.commands.completion.nouns import FILES, Asked, candidates
from stratus.commands.elsewhere import Elsewhere, follow
from stratus.commands.front_door import take_apart
from stratus.commands.group import LazyGroup
from stratus.commands.options import CommandWithWait
from stratus.commands.stratuslab.names import NAMES, PREFIX, command_of
from stratus.config.sources import Sources
from stratus.errors import StratusError
from stratus.model.values import dataclass

_LONGEST_HELP = 70


def answer(words: Sequence[str], front_door: LazyGroup, environ: Mapping[str, str]) -> str:
    """The answer for the words behind --complete. May raise anything: there are no candidates then."""
    shell, *rest = words
    if shell == "bash":
        line = read_line(*rest)
    else:
        # fish hands over the last word with its quotes, zsh without.
        line = Unfinished(tuple(rest[:-1]), read_line(rest[-1]).value if shell == "fish" else rest[-1])
    items = list(_Completer(front_door, environ).items(line.words, line.value))
    if any(each.type == FILES for each in items):
        return "files"
    kind = "open" if len(items) == 1 and str(items[0].value).endswith("=") else "words"
    return "\n".join([kind, *filter(None, (_written(shell, line, each) for each in items))])


def _written(shell: str, line: Unfinished, item: CompletionItem) -> str:
    if shell == "bash":
        return line.written(str(item.value))
    about = output.clean(" ".join((item.help or "").split()))
    short = about if len(about) <= _LONGEST_HELP else f"{about[: _LONGEST_HELP - 3]}..."
    return f"{item.value}\t{short}" if short else str(item.value)


@dataclass(frozen=True)
class _Completer:
    front_door: LazyGroup
    environ: Mapping[str, str]

    def items(self, words: Sequence[str], typed: str) -> Iterator[CompletionItem]:
        """What the word that begins with `typed` may become, behind the others, of which the first is the program."""
        program = PurePath(words[0]).name
        if program.startswith(PREFIX):
            found = self._of(command_of(program), program, list(words[1:]), typed)
        else:
            found = self._behind_stratus(list(words[1:]), typed)
        joined = f"{typed.partition('=')[0]}=" if typed.startswith("--") and "=" in typed else ""
        for item in found:
            whole = item.value if str(item.value).startswith(joined) else f"{joined}{item.value}"
            if item.type == FILES or (whole.startswith(typed) and whole.isprintable()):
                yield CompletionItem(whole, type=item.type, help=item.help)

    def _behind_stratus(self, words: list[str], typed: str) -> Iterator[CompletionItem]:
        words = self._without_aliases(words)
        line = take_apart(self.front_door, words)
        if line.name in self.front_door.table or not line.name:
            yield from self._of(self.front_door, "stratus", words, typed)
            if line.before == words and not typed.startswith("-"):
                yield from self._elsewhere(typed)
        elif line.name in NAMES:
            old = command_of(line.name)
            yield from self._of(old, str(old.name), list(line.after), typed)
        else:
            yield CompletionItem(typed, type=FILES)

    def _of(self, command: click.Command, name: str, words: list[str], typed: str) -> Iterator[CompletionItem]:
        context = _resolve_context(command, {}, name, words)
        if isinstance(context.command, CommandWithWait):
            words = [word for word in words if word != "--wait"]  # its value is joined to it, or it has none
        target, rest = _resolve_incomplete(context, list(words), typed)
        if isinstance(target, click.Command):
            yield from target.shell_complete(context, rest)
        elif isinstance(target.type, click.Choice | click.Path | click.File):
            items = target.shell_complete(context, rest)
            yield from (_with_our_type(each) for each in items)
        else:
            yield from candidates(self._asked(context, target, rest))

    def _asked(self, context: click.Context, param: click.Parameter, typed: str) -> Asked:
        before = context.params.get(param.name or "")
        root = context.find_root().params
        overrides = dict(text.partition("=")[::2] for text in root.get("settings") or ())
        section = root.get("section")
        sources = Sources(self.environ, {**overrides, **({"selected_section": section} if section else {})})
        given = tuple(map(str, before)) if isinstance(before, tuple) else ()
        named = replace(sources, user_file=root.get("user_file"))
        return Asked(param, context.command.name or "", typed, given, named)

    def _without_aliases(self, words: list[str]) -> list[str]:
        seen: tuple[str, ...] = ()
        while True:
            line = take_apart(self.front_door, words)
            if not line.name or line.name in self.front_door.table or line.name in NAMES:
                return words
            alias = Elsewhere(self.environ).aliases.get(line.name.lower())
            if alias is None:
                return words
            words = line.with_words(follow(alias, seen))
            seen = (*seen, alias.name)

    def _elsewhere(self, typed: str) -> Iterator[CompletionItem]:
        elsewhere = Elsewhere(self.environ)
        if typed:
            yield from (CompletionItem(name, help=each.about) for name, each in NAMES.items())
        yield from (CompletionItem(name, help=path) for name, path in elsewhere.programs().items())
        try:
            yield from (CompletionItem(each.name, help=each.text) for each in elsewhere.aliases.values())
        except StratusError:
            return


def _with_our_type(item: CompletionItem) -> CompletionItem:
    """A click item whose type, if it stands for files, is ours."""
    return CompletionItem(item.value, type=FILES, help=item.help) if item.type in ("file", "dir") else item
