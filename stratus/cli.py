"""The front door: global options, the command from a static table or from elsewhere, errors to exit statuses."""

import functools
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from functools import partial
from typing import TYPE_CHECKING

import click

from stratus import __version__, output
from stratus.commands.front_door import FrontDoor, Typed, take_apart
from stratus.commands.loudness import QUIET_HELP, VERBOSE_HELP
from stratus.commands.session import Session
from stratus.commands.stratuslab.names import NAMES, command_of
from stratus.errors import BUG_STATUS, INTERRUPTED_STATUS, StratusError, UsageError
from stratus.model.values import dataclass

if TYPE_CHECKING:
    from stratus.cloud import Cloud
    from stratus.config import Config
    from stratus.drivers.gate.protocol import Gates
    from stratus.drivers.link.protocol import Guests
    from stratus.install.ground import Ground

COMMANDS = {
    "run": ("stratus.commands.run", "start instances of an image"),
    "run-cluster": ("stratus.commands.run_cluster", "start instances as a cluster that works together"),
    "describe": ("stratus.commands.describe", "show instances"),
    "wait": ("stratus.commands.wait", "wait until instances run, or answer SSH"),
    "connect": ("stratus.commands.connect", "log in to an instance over SSH"),
    "console": ("stratus.commands.console", "the serial console of an instance"),
    "log": ("stratus.commands.log", "the history of an instance or a request, or a console's text"),
    "why": ("stratus.commands.why", "why an instance is where it is, and what to do"),
    "audit": ("stratus.commands.audit", "who asked what of the cloud, and how it ended"),
    "stop": ("stratus.commands.stop", "power instances off and keep them"),
    "start": ("stratus.commands.start", "start stopped instances again"),
    "reboot": ("stratus.commands.reboot", "boot instances again"),
    "shutdown": ("stratus.commands.shutdown", "power instances off cleanly, then end them"),
    "kill": ("stratus.commands.kill", "end instances at once"),
    "image": ("stratus.commands.image", "import, build, list, show and delete images"),
    "node": ("stratus.commands.node", "the machines of this cloud"),
    "user": ("stratus.commands.user", "who may come in, and how much they may hold"),
    "group": ("stratus.commands.groups", "users who share a quota"),
    "usage": ("stratus.commands.usage", "what you hold of what you may"),
    "capacity": ("stratus.commands.capacity", "how many more instances of each type fit"),
    "simulate": ("stratus.commands.simulate", "let a workload run on nodes that are not there"),
    "login": ("stratus.commands.login", "come in to a cloud through its gate, and select it"),
    "clouds": ("stratus.commands.clouds", "your clouds, and whether they answer"),
    "config": ("stratus.commands.config", "show, set, edit and check the configuration"),
    "doctor": ("stratus.commands.doctor", "find what is wrong with the cloud, and mend it"),
    "burnin": ("stratus.commands.burnin", "try the cloud with instances of its own"),
    "recover": ("stratus.commands.recover", "run again what ran, or rebuild a lost ledger"),
    "sandbox": ("stratus.commands.sandbox", "a whole cloud to try, without a hypervisor"),
    "dispatch": ("stratus.commands.dispatch", "move orders out and reports in"),
    "install": ("stratus.commands.install", "make this machine a front end and a node"),
    "uninstall": ("stratus.commands.uninstall", "take away what install made"),
    "completion": ("stratus.commands.completion", "print the script that completes lines in a shell"),
    "help": ("stratus.commands.help", "list all commands, or tell all about one"),
}


@click.group(
    "stratus",
    cls=type("Stratus", (FrontDoor,), {"table": COMMANDS}),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, "--version", message="stratus %(version)s")
@click.option("-S", "--section", default=None, metavar="NAME", help="The section of the user configuration to use.")
@click.option("-c", "settings", multiple=True, metavar="KEY=VALUE", help="A configuration key for this command only.")
@click.option("--as", "acting_as", default="", metavar="USER", help="On the front end: act as this user.")
@click.option("-v", "--verbose", count=True, help=VERBOSE_HELP)
@click.option("-q", "--quiet", count=True, help=QUIET_HELP)
@click.pass_context
def main(
    ctx: click.Context, section: str | None, settings: tuple[str, ...], acting_as: str, verbose: int, quiet: int
) -> None:
    """The darn simple cloud.

    \b
    Examples:
      stratus image build tiny
      stratus run tiny --wait=ssh
      stratus describe
    """
    given: Given = ctx.obj or Given()
    ctx.obj = new_session(
        overrides=_overrides(settings),
        section=section,
        acting_as=acting_as,
        verbose=verbose,
        quiet=quiet,
        given=given,
    )
    ctx.call_on_close(ctx.obj.close)


@dataclass(frozen=True)
class Given:
    """What a command line runs in: the environment; cloud, gates, guests and machine, if they are to be others."""

    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    opener: "Callable[[], Cloud] | None" = None
    ground: "Ground | None" = None
    gates: "Gates | None" = None
    guests: "Guests | None" = None
    monotonic: Callable[[], float] = time.monotonic


def run(argv: Sequence[str] | None = None, *, given: Given | None = None) -> int:
    """The exit status of one command line. Never raises."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ["--complete"]:
        return _complete(words[1:], given or Given())
    return status_of(partial(_run, words, given or Given()), words)


def new_session(
    *,
    overrides: Mapping[str, str] | None = None,
    section: str | None = None,
    user_file: str | None = None,
    acting_as: str = "",
    verbose: int = 0,
    quiet: int = 0,
    given: Given | None = None,
) -> Session:
    """What a command is handed. Nothing is read or opened before the command asks for the cloud."""
    chosen = {**(overrides or {}), **({"selected_section": section} if section else {})}
    given = given or Given()
    load = functools.cache(partial(_load, chosen, user_file, given.environ))

    def opener() -> "Cloud":
        return _open(load(), session)

    session = Session(
        opener=given.opener or opener,
        environ=given.environ,
        preference=lambda key: load().text(key),
        chosen=lambda key: load().text(key) if load().is_set(key) else "",
        gates=lambda: _gates(given),
        guests=lambda: _guests(given),
        monotonic=given.monotonic,
        verbose=verbose,
        quiet=quiet,
        overrides=chosen,
        user_file=user_file,
        ground=given.ground,
        acting_as=acting_as or _sandbox_user(given.environ),
    )
    return session


def _sandbox_user(environ: Mapping[str, str]) -> str:
    """The user as whom one acts in a sandbox; for any other cloud no variable says that."""
    from stratus.model import sandbox

    return environ.get(sandbox.USER, "") if environ.get("STRATUSLAB_NODE_LINK") == sandbox.WAY else ""


def status_of(work: Callable[[], object], words: Sequence[str]) -> int:
    """The exit status of the command line `words`, once `work` has done it or said what is wrong. Never raises."""
    output.survive_any_text()
    voice = output.voice_of(words)
    try:
        result = work()
        output.flush()
        return result if isinstance(result, int) else 0
    except click.exceptions.NoArgsIsHelpError as problem:
        problem.show()
        return problem.exit_code
    except click.ClickException as problem:
        voice.error(_as_ours(problem, words))
        return problem.exit_code
    except StratusError as problem:
        voice.error(problem)
        return problem.status
    except (KeyboardInterrupt, click.Abort):
        voice.interruption()
        return INTERRUPTED_STATUS
    except BrokenPipeError:
        # The reader of our output has left; Python would complain when it flushes at exit.
        output.give_up()
        return 0
    except Exception as bug:
        output.report_bug(bug, words, __version__)
        return BUG_STATUS


def _complete(words: Sequence[str], given: Given) -> int:
    """Answer a shell. Who presses a key is told of nothing that is wrong: there are no candidates then."""
    try:
        from stratus.commands.completion.answer import answer

        assert isinstance(main, FrontDoor)
        output.survive_any_text()
        output.show(answer(words, main, given.environ))
        output.flush()
    except (Exception, KeyboardInterrupt):
        return 1
    return 0


def _run(words: Sequence[str], given: Given, seen: tuple[str, ...] = ()) -> object:
    """Do what the words say; `seen` are the aliases that have led to them."""
    typed = take_apart(main, words)
    if typed.name and typed.name not in COMMANDS:
        if typed.name in NAMES:
            return _run_old_name(typed, given)
        from stratus.commands.elsewhere import Elsewhere, become, follow

        elsewhere = Elsewhere(given.environ)
        if program := elsewhere.program(typed.name):
            become(program, typed.after, _environ_for_program(typed, given.environ))
        if alias := elsewhere.aliases.get(typed.name.lower()):
            longer = typed.with_words(follow(alias, seen))
            return status_of(partial(_run, longer, given, (*seen, alias.name)), longer)
    return main.main(args=list(words), prog_name="stratus", standalone_mode=False, obj=given)


def _run_old_name(typed: Typed, given: Given) -> object:
    """StratusLab's hyphenated command as a command of ours, with our options before it."""
    from stratus.commands.stratuslab.outside import Outside

    options = typed.options

    def opened(*, section: str | None, user_file: str | None, verbose: int, quiet: int) -> Session:
        return new_session(
            overrides=_overrides(options.get("settings") or ()),
            section=section or options.get("section"),
            user_file=user_file,
            acting_as=options.get("acting_as") or "",
            verbose=verbose + (options.get("verbose") or 0),
            quiet=quiet + (options.get("quiet") or 0),
            given=given,
        )

    command = command_of(typed.name)
    return command.main(args=list(typed.after), prog_name=command.name, standalone_mode=False, obj=Outside(opened))


def _environ_for_program(typed: Typed, environ: Mapping[str, str]) -> Mapping[str, str]:
    """The environment in which a stratus that the program starts sees the same options. Raises UsageError for --as,
    which no variable says: what the program starts would act as the administrator."""
    if typed.options.get("acting_as"):
        raise UsageError("--as does not reach a program", hint=f"stratus {typed.name}, and --as in what it calls")
    from stratus.config.naming import variable_of

    chosen = _overrides(typed.options.get("settings") or ())
    section = typed.options.get("section")
    chosen = {**chosen, **({"selected_section": section} if section else {})}
    return {**environ, **{variable_of(key): value for key, value in chosen.items()}}


def _as_ours(problem: click.ClickException, words: Sequence[str]) -> UsageError:
    """What click found wrong with the command line, in our words; its usage text would hide the cause."""
    from stratus.commands.meant import hint_of, said_of

    context = problem.ctx if isinstance(problem, click.UsageError) else None
    named = [word for word in words if word in COMMANDS][:1]  # click does not always tell which command it was at
    command = context.command_path if context else " ".join(("stratus", *named))
    return UsageError(said_of(problem), hint=hint_of(problem, command))


def _load(overrides: Mapping[str, str], user_file: str | None, environ: Mapping[str, str]) -> "Config":
    from stratus.config.sources import Sources

    return Sources(environ, overrides, user_file).load()


def _open(config: "Config", session: Session) -> "Cloud":
    from stratus.cloud import open_cloud
    from stratus.output.log import show_log

    show_log(verbose=session.verbose, quiet=session.quiet)
    return open_cloud(config)


def _gates(given: Given) -> "Gates":
    from stratus.way.opening import open_gates

    return given.gates or open_gates(given.environ)


def _guests(given: Given) -> "Guests":
    from stratus.way.opening import open_guests

    return given.guests or open_guests()


def _overrides(settings: Sequence[str]) -> Mapping[str, str]:
    """The keys that -c sets; of a key that is set again, the last value."""
    if not settings:
        return {}
    from stratus.config.load import checked_option

    return dict(checked_option(*_pair(text)) for text in settings)


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals:
        raise UsageError(f"-c takes KEY=VALUE, not {text!r}", hint="stratus config --keys")
    return key.lower(), value


if __name__ == "__main__":
    sys.exit(run())
