"""stratus-nodeagent(8), from what the agent says of itself."""

import inspect
import re
from collections.abc import Iterator

from stratus.commands.man import mdoc
from stratus.model.paths import DEFAULT_STATE_DIR, NodePaths
from stratus.nodeagent import __main__ as agent

_DESCRIPTION = (
    "The one program of the cloud that runs on a node. It listens to nobody: the node's own sshd starts it when the "
    "front end's key comes in, and that key can start nothing else. Orders wait in its inbox and reports in its "
    "outbox, both directories. It carries an order out step by step, writes a journal line before each step, and when "
    "one fails undoes in reverse what it did.",
    "Several may run at a time, one for each open channel; one of them carries out orders. Work that was accepted goes "
    "on when its channel closes.",
)
_NODE = NodePaths()
_FILES = (
    (_NODE.queues, "Inbox, outbox, their archive and the poison box."),
    (_NODE.journal, "What has been begun and done of each order in hand, and the last reports."),
    (_NODE.networks, "What dnsmasq reads, and the ports of the instances."),
    (_NODE.log, "What was done to this machine."),
)
_LINE = re.compile(r"^    stratus-[a-z]+ (.+?) {2,}(.+)$", re.MULTILINE)


def page(date: str) -> str:
    """The page's source."""
    commands = list(commands_of(agent.__doc__))
    return mdoc.page(
        "stratus-nodeagent",
        "8",
        date,
        "the agent of a node",
        mdoc.section("SYNOPSIS", *(f".Nm\n{typed(words, 'Cm')}" for words, _ in commands)),
        mdoc.section("DESCRIPTION", mdoc.paragraphs(_DESCRIPTION)),
        mdoc.section("COMMANDS", mdoc.tagged((f".It {typed(words, 'Cm')[1:]}", text) for words, text in commands)),
        mdoc.section(
            "ENVIRONMENT",
            mdoc.tagged(
                [(".It Ev STRATUSLAB_STATE_DIR", mdoc.prose(f"Another state directory than {DEFAULT_STATE_DIR}."))]
            ),
        ),
        mdoc.section("FILES", mdoc.tagged((mdoc.macro("It Pa", path), mdoc.prose(text)) for path, text in _FILES)),
        mdoc.section("EXIT STATUS", "0, or that of the error, as\n.Xr stratus 1\nlists them."),
        mdoc.see_also((("stratus", "1"), ("stratus-dispatch", "1"), ("stratus-install", "1"), ("sshd", "8"))),
    )


def commands_of(story: str | None) -> Iterator[tuple[str, str]]:
    """Of what a program says of itself, each of its commands with its text as source."""
    for words, text in _LINE.findall(inspect.cleandoc(story or "")):
        yield words, mdoc.prose(text)


def typed(words: str, macro: str) -> str:
    """A command line as source: what is typed literally, and in capitals what is put in."""
    first, *rest = words.split()
    pieces = [f".{macro} {mdoc.argument(first)}"]
    for word in rest:
        if word.startswith("-"):
            pieces.append(f"Fl {mdoc.argument(word[1:])}")
        else:
            pieces.append(f"Ar {mdoc.argument(word)}")
    return " ".join(pieces)
