"""Errors, as they are told: cause first, then the one command to try; in JSON where the command line asks for it."""

import itertools
import re
import sys
from collections.abc import Sequence

from stratus.errors import StratusError
from stratus.model.secrets import masked
from stratus.model.values import dataclass
from stratus.output.data import as_json
from stratus.output.text import clean, note

LONGEST_MESSAGE = 2000
_LOUDNESS = re.compile(r"-[vq]+|--verbose|--quiet")
_NO_ERRORS, _TRACEBACK = 3, 3  # how often -q, and -v, must be said


@dataclass(frozen=True)
class Voice:
    """How one command line wants errors to be told. It is read from the words: they may be what is wrong."""

    json: bool = False
    quiet: int = 0
    verbose: int = 0

    def error(self, problem: StratusError) -> None:
        """Tell what is wrong; with -vvv also where."""
        if self.verbose >= _TRACEBACK:
            import traceback

            where = masked("".join(traceback.format_exception(problem)))
            note("\n".join(map(clean, where.splitlines())))
        self.tell(problem.code, problem.message, problem.hint)

    def interruption(self) -> None:
        """Tell that the user ended it."""
        if self.json:
            self.tell("Interrupted", "interrupted")
        elif self.quiet < _NO_ERRORS:
            # The terminal has written ^C where the cursor was.
            note("\ninterrupted" if sys.stderr.isatty() else "interrupted")

    def tell(self, code: str, cause: str, fix: str = "") -> None:
        """The cause, then what to try. Neither shows a password that stands in a URL."""
        cause, fix = masked(cause), masked(fix)
        if self.quiet >= _NO_ERRORS:
            return
        if self.json:
            note(as_json({"code": code, "cause": cause, "fix": fix}, indent=None))
            return
        note("stratus: " + "\n".join(clean(line) for line in _bounded(cause).splitlines() or [code]))
        if fix:
            note(f"  try: {clean(_bounded(fix))}")


def _bounded(text: str) -> str:
    return text if len(text) <= LONGEST_MESSAGE else f"{text[:LONGEST_MESSAGE]} ... ({len(text)} characters)"


def voice_of(words: Sequence[str]) -> Voice:
    """The voice that the words of a command line ask for."""
    options = list(itertools.takewhile(lambda word: word != "--", words))
    loud = "".join(word[:3] if word[:2] == "--" else word for word in options if _LOUDNESS.fullmatch(word))
    json = any(first in ("-o", "--output") and second == "json" for first, second in itertools.pairwise(options))
    return Voice(json or "-ojson" in options or "--output=json" in options, loud.count("q"), loud.count("v"))


def error(problem: StratusError) -> None:
    """One of several errors, after which the command goes on."""
    Voice().error(problem)


def report_bug(bug: Exception, words: Sequence[str], version: str) -> None:
    """Tell of an error that nobody expected, and write a report of it."""
    import tempfile
    import traceback

    story = f"stratus {version}, Python {sys.version}\ncommand: {words[:1]}\n\n"
    story += masked("".join(traceback.format_exception(bug)))
    cause, place = f"a bug: {type(bug).__name__}: {bug}", ""
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="stratus-bug-", suffix=".txt", encoding="utf-8", errors="backslashreplace", delete=False
        ) as report:
            report.write(story)
        place = report.name
    except OSError:
        cause = f"{cause}\n{story}"
    voice = voice_of(words)
    voice.tell("Bug", cause, f"less {place}" if place else "")
