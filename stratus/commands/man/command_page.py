"""The page of one command, from its click declaration: what `--help` says, in full."""

import inspect
from collections.abc import Iterator, Mapping

import click

from stratus.commands.endings import endings_of
from stratus.commands.group import LazyGroup
from stratus.commands.man import mdoc
from stratus.commands.options import CommandWithWait
from stratus.errors import BUG_STATUS, INTERRUPTED_STATUS, StratusError
from stratus.model.values import dataclass

# The pages that a reader may want next, besides stratus(1) and the family of the command.
RELATED: Mapping[str, tuple[str, ...]] = {
    "run": ("describe", "wait", "connect", "kill", "image", "why", "run-cluster"),
    "run-cluster": ("run", "connect", "kill", "image build"),
    "describe": ("log", "why", "wait"),
    "wait": ("describe", "why"),
    "connect": ("console", "wait"),
    "console": ("connect", "log"),
    "log": ("describe", "console", "why"),
    "why": ("log", "node list", "dispatch"),
    "stop": ("start", "shutdown", "kill"),
    "start": ("stop", "wait"),
    "reboot": ("stop", "start"),
    "shutdown": ("stop", "kill"),
    "kill": ("shutdown", "stop"),
    "image": ("run",),
    "node": ("install", "dispatch"),
    "user": ("group", "usage"),
    "group": ("user", "usage"),
    "usage": ("user quota", "group list", "describe"),
    "capacity": ("node list", "run", "why"),
    "simulate": ("capacity", "why"),
    "config": ("install",),
    "login": ("clouds", "describe", "config"),
    "clouds": ("login", "describe", "config"),
    "dispatch": ("node list", "why"),
    "burnin": ("doctor", "image build", "run"),
    "recover": ("doctor", "start", "node list"),
    "doctor": ("recover", "why", "node list", "dispatch"),
    "sandbox": ("run", "doctor", "node list"),
    "install": ("uninstall", "node list"),
    "uninstall": ("install",),
    "help": ("config", "completion"),
    "completion": ("help",),
    # StratusLab's names.
    "run-instance": ("run", "describe-instance", "kill-instance"),
    "describe-instance": ("describe", "why"),
    "kill-instance": ("kill", "shutdown-instance"),
    "shutdown-instance": ("shutdown", "kill-instance"),
    "connect-instance": ("connect",),
    "prepare-context": ("run", "run-instance"),
}

_PASSED_ON = ("connect", "connect-instance")  # they end as ssh does


@dataclass(frozen=True)
class Described:
    """A command as a page needs it: its words after `stratus`, its one line, and its declaration.

    `joint` is what stands between the words when they are typed: a hyphen in StratusLab's own names."""

    words: tuple[str, ...]
    about: str
    command: click.Command
    joint: str = " "

    @property
    def typed(self) -> str:
        """The command as it is typed."""
        return self.joint.join(("stratus", *self.words))

    @property
    def page_name(self) -> str:
        """The name of its page."""
        return "-".join(("stratus", *self.words))


def walk(group: LazyGroup, words: tuple[str, ...] = ()) -> Iterator[Described]:
    """Every command below a group, groups before what is in them. Imports them all."""
    context = click.Context(group)
    for name, (_, about) in group.table.items():
        command = group.get_command(context, name)
        assert command is not None
        yield Described((*words, name), about, command)
        if isinstance(command, LazyGroup):
            yield from walk(command, (*words, name))


def page(described: Described, date: str) -> str:
    """The page's source."""
    command = described.command
    description, examples = told(command)
    return mdoc.page(
        described.page_name,
        "1",
        date,
        described.about,
        _synopsis(described),
        mdoc.section("DESCRIPTION", mdoc.paragraphs(description)),
        _children(command),
        mdoc.section("OPTIONS", mdoc.tagged(options(command))),
        mdoc.section("EXIT STATUS", mdoc.tagged(_endings(described))),
        mdoc.section("EXAMPLES", mdoc.literal(examples) if examples else ""),
        mdoc.see_also((name, "1") for name in _related(described)),
    )


def told(command: click.Command) -> tuple[list[str], list[str]]:
    """What the docstring says: its paragraphs, and the lines of its examples."""
    texts, examples = [], []
    for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
        if paragraph.startswith("\b"):
            examples += [line.strip() for line in paragraph.splitlines()[2:]]
        else:
            texts.append(paragraph)
    return texts, examples


def options(command: click.Command) -> Iterator[tuple[str, str]]:
    """Each option: its head and its text, both as source."""
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            heads = " , ".join(_head(command, parameter, word) for word in parameter.opts)
            yield f".It {heads}", mdoc.prose(_help(parameter))
    yield r".It Fl \&h , Fl \-help", "Show a summary and leave."


def _endings(described: Described) -> Iterator[tuple[str, str]]:
    """The exit statuses. What every command has in common is on the page of them all."""
    yield ".It 0", "It was done, or accepted."
    if described.words[-1] in _PASSED_ON:
        yield ".It Ar N", "The status of ssh, or of the command that it ran."
    for kind in endings_of(described.words):
        yield f".It {kind.status} Pq {kind.__name__}", mdoc.prose(meaning(kind))
    yield f".It {BUG_STATUS} , {INTERRUPTED_STATUS}", "A bug; an interruption, as\n.Xr stratus 1\nsays."


def meaning(kind: type[StratusError]) -> str:
    """What a kind of error means, as a sentence."""
    if kind is StratusError:
        return "An expected error that has no kind of its own."
    return inspect.cleandoc(kind.__doc__ or "")


def _synopsis(described: Described) -> str:
    command = described.command
    lines = [f'.Nm "{mdoc.escaped(described.typed)}"']
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            dots = " ..." if parameter.multiple else ""
            lines.append(f".Op {_head(command, parameter, parameter.opts[0])}{dots}")
        else:
            lines.append(_argument(parameter))
    if isinstance(command, LazyGroup):
        lines += [".Ar COMMAND", ".Op Ar ARGUMENT ..."]
    return mdoc.section("SYNOPSIS", *lines)


def _children(command: click.Command) -> str:
    if not isinstance(command, LazyGroup):
        return ""
    return mdoc.section("COMMANDS", mdoc.columns((name, about) for name, (_, about) in command.table.items()))


def _head(command: click.Command, option: click.Option, word: str) -> str:
    flag = f"Fl {mdoc.argument(word.removeprefix('-'))}"
    value = _value(option)
    if not value:
        return flag
    if isinstance(command, CommandWithWait) and option.name == "until":
        return f"{flag} Ns Oo Ns = Ns Ar {mdoc.argument(value)} Oc"
    joint = " Ns = Ns " if word.startswith("--") else " "
    return f"{flag}{joint}Ar {mdoc.argument(value)}"


def _value(option: click.Option) -> str:
    if option.is_flag or option.count:
        return ""
    if option.metavar:
        return option.metavar
    if isinstance(option.type, click.Choice):
        return "|".join(map(str, option.type.choices))
    return "N" if option.type.name.startswith(("integer", "float")) else (option.name or "").rstrip("s").upper()


def _argument(parameter: click.Parameter) -> str:
    """An argument as its metavar says it: NAME..., [NAME]..., [-- NAME...]."""
    shown = parameter.metavar or (parameter.name or "").upper()
    dots = " ..." if "..." in shown else ""
    word = shown.replace("...", "").strip("[]")
    if word.startswith("-- "):
        return rf".Op Fl \&\- Ar {mdoc.argument(word.removeprefix('-- '))}{dots}"
    text = f"Ar {mdoc.argument(word)}{dots}"
    return f".{text}" if parameter.required else f".Op {text}"


def _help(option: click.Option) -> str:
    text = option.help or ""
    limits = option.type
    if isinstance(limits, click.IntRange) and not option.count:
        text += f" At least {limits.min}." if limits.max is None else f" From {limits.min} to {limits.max}."
    default = option.default
    if isinstance(default, str | int | float) and default and not option.is_flag and "unless told" not in text:
        shown = f"{default:g}" if isinstance(default, float) else str(default)
        text += f" The default is {shown}." if shown not in text else ""
    return text


def _related(described: Described) -> Iterator[str]:
    words = described.words
    children = described.command.table if isinstance(described.command, LazyGroup) else {}
    yield "stratus"
    for more in (*(words[:count] for count in range(1, len(words))), *((*words, name) for name in children)):
        yield "-".join(("stratus", *more))
    for name in RELATED.get(" ".join(words), ()):
        yield f"stratus-{name.replace(' ', '-')}"
