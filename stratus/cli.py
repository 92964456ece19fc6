"""The front door: global options, the command from a static table, errors to exit statuses."""

import itertools
import os
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import click

from stratus import __version__, output
from stratus.commands.group import lazy
from stratus.commands.session import Session
from stratus.errors import BUG_STATUS, INTERRUPTED_STATUS, StratusError, UsageError

if TYPE_CHECKING:
    from stratus.cloud import Cloud

COMMANDS = {
    "run": ("stratus.commands.run", "start instances of an image"),
    "describe": ("stratus.commands.describe", "show instances"),
    "wait": ("stratus.commands.wait", "wait until instances run, or answer SSH"),
    "connect": ("stratus.commands.connect", "log in to an instance over SSH"),
    "console": ("stratus.commands.console", "the serial console of an instance"),
    "log": ("stratus.commands.log", "the history of an instance, or its console's text"),
    "why": ("stratus.commands.why", "why an instance is where it is, and what to do"),
    "stop": ("stratus.commands.stop", "power instances off and keep them"),
    "start": ("stratus.commands.start", "start stopped instances again"),
    "reboot": ("stratus.commands.reboot", "boot instances again"),
    "shutdown": ("stratus.commands.shutdown", "power instances off cleanly, then end them"),
    "kill": ("stratus.commands.kill", "end instances at once"),
    "image": ("stratus.commands.image", "import, build, list, show and delete images"),
    "node": ("stratus.commands.node", "the machines of this cloud"),
    "dispatch": ("stratus.commands.dispatch", "move orders out and reports in"),
    "install": ("stratus.commands.install", "make this machine a front end and a node"),
    "uninstall": ("stratus.commands.uninstall", "take away what install made"),
}


@click.group(
    "stratus",
    cls=lazy("stratus", COMMANDS, ""),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, "--version", message="stratus %(version)s")
@click.option("-S", "--section", default=None, metavar="NAME", help="The section of the user configuration to use.")
@click.option("-c", "settings", multiple=True, metavar="KEY=VALUE", help="A configuration key for this command only.")
@click.option("-v", "--verbose", count=True, help="Say more; -vv what is decided, -vvv what is sent.")
@click.option("-q", "--quiet", count=True, help="Say less.")
@click.pass_context
def main(ctx: click.Context, section: str | None, settings: tuple[str, ...], verbose: int, quiet: int) -> None:
    """The darn simple cloud.

    \b
    Examples:
      stratus image build tiny
      stratus run tiny --wait=ssh
      stratus describe
    """
    overrides = dict(_pair(text) for text in settings)
    opener = partial(_open, overrides, section, os.environ, verbose)
    ctx.obj = Session(opener, os.environ, verbose, quiet)
    ctx.call_on_close(ctx.obj.close)


def run(argv: Sequence[str] | None = None) -> int:
    """The exit status of one command line. Never raises."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        result = main.main(args=words, prog_name="stratus", standalone_mode=False)
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except click.ClickException as problem:
        problem.show()
        return problem.exit_code
    except StratusError as problem:
        output.error(problem, "json" if _wants_json(words) else "table")
        return problem.status
    except (KeyboardInterrupt, click.Abort):
        output.note("interrupted")
        return INTERRUPTED_STATUS
    except BrokenPipeError:
        # The reader of our output has left; Python would complain when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as bug:
        return _report_bug(bug, words)


def _open(overrides: Mapping[str, str], section: str | None, environ: Mapping[str, str], verbose: int) -> "Cloud":
    from stratus.cloud import open_cloud
    from stratus.config import load
    from stratus.model.paths import DEFAULT_CONFIG_DIR

    _set_up_logging(verbose)
    chosen = {"selected_section": section} if section else {}
    config_dir = environ.get("STRATUSLAB_CONFIG_DIR", DEFAULT_CONFIG_DIR)
    home = environ.get("HOME", "")
    return open_cloud(load(config_dir=config_dir, home=home, environ=environ, overrides={**overrides, **chosen}))


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals:
        raise UsageError(f"-c takes KEY=VALUE, not {text!r}")
    return key, value


def _wants_json(words: Sequence[str]) -> bool:
    return (
        "-ojson" in words
        or "--output=json" in words
        or any(first in ("-o", "--output") and second == "json" for first, second in itertools.pairwise(words))
    )


def _set_up_logging(verbose: int) -> None:
    import logging

    levels = {0: logging.ERROR, 1: logging.WARNING, 2: logging.INFO}
    logging.basicConfig(level=levels.get(verbose, logging.DEBUG), format="%(levelname)s %(name)s: %(message)s")


def _report_bug(bug: Exception, words: Sequence[str]) -> int:
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile("w", prefix="stratus-bug-", suffix=".txt", delete=False) as report:
        report.write(f"stratus {__version__}, Python {sys.version}\ncommand: {words[:1]}\n\n")
        report.write("".join(traceback.format_exception(bug)))
    output.note(f"stratus: a bug: {type(bug).__name__}: {output.clean(str(bug))}")
    output.note(f"  the report is in {report.name}")
    return BUG_STATUS


if __name__ == "__main__":
    sys.exit(run())
