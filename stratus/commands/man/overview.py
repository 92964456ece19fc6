"""stratus(1): all commands, the global options, environment, files, exit statuses and examples."""

from collections.abc import Iterator, Sequence

from stratus.cli import main
from stratus.commands.group import LazyGroup
from stratus.commands.man import mdoc
from stratus.commands.man.command_page import Described, meaning, options, told
from stratus.errors import BUG_STATUS, INTERRUPTED_STATUS, StratusError
from stratus.model.paths import DEFAULT_CONFIG_DIR, FrontEndPaths, InstallPaths, NodePaths

_DESCRIPTION = (
    "It turns Linux machines that answer to SSH into a cloud: `stratus install` makes a machine front end, node or "
    "both, and the other commands bring images in and run instances of them.",
    "INSTANCE is the name or the number of an instance, IMAGE the name or the identifier of an image. A verb with "
    "several targets is accepted for all of them or for none. Results go to standard output, everything else to "
    "standard error; commands that list something print it as a table, JSON, YAML or CSV (`-o`), and those that change "
    "instances show with `--plan` what they would do, down to the command lines.",
    "A table fits the terminal: what is cut ends with `~`, and what has no room is named. In a pipe nothing is cut; "
    "two blanks part the columns, no cell has two blanks in it, and an empty one is `-`. `--columns`, `--sort` and "
    "`--filter` take the names of fields, which `-o wide` shows; `-o name` prints one name a line. With "
    "`-o json` an error is one line with `code`, `cause` and `fix`.",
    "A COMMAND that is none of these is one of StratusLab's names (`stratus run-instance`), a program called "
    "stratus-COMMAND in PATH, or an alias of the section [alias] in the user's configuration, in this order. A program "
    "is told the options before it by their variables.",
)
_PLACE = "They stand before the command; -v and -q may also stand behind it."
_ENVIRONMENT = (
    ("STRATUSLAB_CONFIG_DIR", f"Where stratuslab.cfg is; {DEFAULT_CONFIG_DIR} unless told."),
    ("STRATUSLAB_KEY", "The public key file that `run` takes when there is no --key."),
    ("STRATUSLAB_USER_CONFIG_SECTION", "The section of the user's configuration, as -S."),
    ("STRATUSLAB_<KEY>", "The configuration key of that name in capitals; it wins over the files."),
    ("NO_COLOR", "If it is set and not empty, states have no colour, unless the key color is always."),
    ("TERM", "Colours, bars and lines that are written over need one that is not dumb."),
    ("PATH", "Where programs called stratus-COMMAND are; what is relative in it does not count."),
    ("HOME", "Where the user's configuration and SSH keys are."),
)
_FRONT_END, _NODE = FrontEndPaths(), NodePaths()
_FILES = (
    (f"{DEFAULT_CONFIG_DIR}/stratuslab.cfg", "The site's configuration; its reference lies beside it."),
    ("~/.stratuslab/stratuslab-user.cfg", "The user's configuration."),
    ("~/.stratuslab/known_hosts", "The host keys of instances, for `connect`."),
    (_FRONT_END.ledger, "The ledger: everything that the front end knows."),
    (_FRONT_END.private_key, "The key that opens the nodes, and nothing else."),
    (_FRONT_END.known_hosts, "The pinned host keys of the nodes."),
    (_NODE.images, "The images, each once and read-only."),
    (_NODE.instances, "A folder for each instance: disks, context, console log, instance.json."),
    (_NODE.agent, "The agent's queues, journal, networks and log."),
    (InstallPaths().bridge, "How an interface was before `install` moved it into a bridge."),
    (InstallPaths().journal, "What `install` did, so that `uninstall` can take it away."),
)
_BUG = "A bug: an error that nobody expected. A report is written, and its place told."
_EXAMPLES = (
    "stratus install --yes",
    "stratus image build tiny",
    "stratus run tiny --name web --wait=ssh",
    "stratus connect web",
    "stratus describe -o json",
    "stratus kill web --wait",
)


def page(commands: Sequence[Described], date: str) -> str:
    """The page's source."""
    description, _ = told(main)
    leaves = [each for each in commands if not isinstance(each.command, LazyGroup)]
    return mdoc.page(
        "stratus",
        "1",
        date,
        description[0].rstrip(".").lower(),
        mdoc.section("SYNOPSIS", ".Nm", ".Op Ar OPTION ...", ".Ar COMMAND", ".Op Ar ARGUMENT ..."),
        mdoc.section("DESCRIPTION", mdoc.paragraphs(_DESCRIPTION)),
        mdoc.section(
            "OPTIONS",
            mdoc.prose(_PLACE),
            mdoc.tagged(options(main)),
        ),
        mdoc.section("COMMANDS", mdoc.columns((" ".join(each.words), each.about) for each in leaves)),
        mdoc.section("ENVIRONMENT", _list("Ev", _ENVIRONMENT)),
        mdoc.section("FILES", _list("Pa", _FILES)),
        mdoc.section("EXIT STATUS", mdoc.tagged(_statuses())),
        mdoc.section("EXAMPLES", mdoc.literal(_EXAMPLES)),
        mdoc.see_also(
            [
                *((each.page_name, "1") for each in commands),
                ("stratuslab.cfg", "5"),
                ("stratuslab-user.cfg", "5"),
                ("stratus-gate", "8"),
                ("stratus-nodeagent", "8"),
            ]
        ),
    )


def _list(macro: str, items: Sequence[tuple[str, str]]) -> str:
    return mdoc.tagged((f".It {macro} {mdoc.argument(name)}", mdoc.prose(text)) for name, text in items)


def _statuses() -> Iterator[tuple[str, str]]:
    """Every exit status, the errors by their kinds (which JSON output carries as `code`)."""
    yield ".It 0", "It was done, or accepted."
    kinds: list[type[StratusError]] = [StratusError, *StratusError.__subclasses__()]
    for kind in sorted(kinds, key=lambda kind: kind.status):
        yield f".It {kind.status} Pq {kind.__name__}", mdoc.prose(meaning(kind))
    yield f".It {BUG_STATUS}", mdoc.prose(_BUG)
    yield f".It {INTERRUPTED_STATUS}", "It was interrupted from the keyboard."
