"""stratus-gate(8), from what the gate's program says of itself."""

from stratus.commands.man import mdoc
from stratus.commands.man.agent_page import commands_of, typed
from stratus.gate import __main__ as gate
from stratus.model.paths import DEFAULT_CONFIG_DIR, FrontEndPaths

_DESCRIPTION = (
    "Where users come in. An sshd of the cloud's own, beside the machine's, asks it for each key that is offered, and "
    "starts it for whoever came in; that key can start nothing else. Nobody types it, but to see what sshd is told of "
    "a key.",
    "Of a session, SSH_ORIGINAL_COMMAND only chooses: nothing, for requests as data, a JSON object a line; "
    "`stratus-gate console INSTANCE`; or `stratus-gate tunnel INSTANCE PORT`. Who the user is and what they may is "
    "asked of the ledger again for each request. There is no shell and no forwarding, and a terminal only for the "
    "console.",
)
_PATHS = FrontEndPaths()
_FILES = (
    (f"{DEFAULT_CONFIG_DIR}/gate", "The sshd's configuration and host key, and the launcher that it starts."),
    (_PATHS.gate_log, "A line for each session, and the story of what nobody expected."),
    (_PATHS.uploads, "What users sent along, until their channel ends."),
)


def page(date: str) -> str:
    """The page's source."""
    commands = list(commands_of(gate.__doc__))
    return mdoc.page(
        "stratus-gate",
        "8",
        date,
        "the gate where users come in",
        mdoc.section("SYNOPSIS", *(f".Nm\n{typed(words, 'Cm')}" for words, _ in commands)),
        mdoc.section("DESCRIPTION", mdoc.paragraphs(_DESCRIPTION)),
        mdoc.section("COMMANDS", mdoc.tagged((f".It {typed(words, 'Cm')[1:]}", text) for words, text in commands)),
        mdoc.section("FILES", mdoc.tagged((mdoc.macro("It Pa", path), mdoc.prose(text)) for path, text in _FILES)),
        mdoc.section(
            "EXIT STATUS", "0, or that of the error, as\n.Xr stratus 1\nlists them; 126 for what the gate is not for."
        ),
        mdoc.see_also((("stratus-login", "1"), ("stratus-user", "1"), ("stratus-install", "1"), ("sshd_config", "5"))),
    )
