"""Context variables as users write them: `--context k=v#k=v`, and one key=value a line in a `--context-file`.

Values are taken literally: quotes, `$`, blanks and backslashes stay. Only a backslash right before what would end the
value says something else, and then it is doubled to stand for itself:

    --context 'COLOUR=\\#ff0000#PLACE=C:\\\\#N=1'     COLOUR is #ff0000, PLACE is C:\\, N is 1
    a line of a file that ends in a backslash       the value goes on in the next line, with a line break between
    a line of a file that ends in two               the value ends in one backslash
"""

import re
from collections.abc import Iterable, Iterator

from stratus.errors import BadInput

Variables = tuple[tuple[str, str], ...]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_MAX_NAME = 255

# The file is sourced by the guest's shell, so a variable that steers a shell would break the reading of the others, or
# would not arrive: bash, dash and busybox ash give these a meaning, refuse to set them, or compute with their value.
_SHELLS_OWN = """
    PATH IFS ENV HOME PWD OLDPWD SHELL UID EUID GID PPID LINENO RANDOM SRANDOM SECONDS EPOCHSECONDS EPOCHREALTIME
    OPTIND OPTARG OPTERR SHELLOPTS DIRSTACK FUNCNAME FUNCNEST GROUPS HISTCMD PIPESTATUS POSIXLY_CORRECT TMOUT CDPATH
    GLOBIGNORE EXECIGNORE IGNOREEOF INPUTRC PROMPT_COMMAND PS0 PS1 PS2 PS3 PS4 SHLVL BASH BASHOPTS BASHPID
    _ __v
"""  # __v: cloud-init's reader uses it
_SHELLS_FAMILIES = ("BASH_", "LD_", "LC_")


def parse_pairs(text: str, separator: str = "#") -> Variables:
    """The variables of one `--context` argument; empty ones between separators are skipped, a later key wins."""
    return merged(_pair(item) for item in _split(text, separator) if item.strip())


def parse_file(text: str) -> Variables:
    """The variables of a `--context-file`; blank lines are skipped, a later key wins."""
    return merged(_pair(line) for line in _split(text.replace("\r\n", "\n"), "\n") if line.strip())


def merged(pairs: Iterable[tuple[str, str]]) -> Variables:
    """The same variables with each key once, its last value kept."""
    return tuple(dict(pairs).items())


def check_variable(key: str, value: str) -> None:
    """Raises BadInput for a name that is no variable's or is a shell's own, and for a value that no shell can hold."""
    if not _NAME.fullmatch(key) or len(key) > _MAX_NAME:
        raise BadInput(f"{key!r} is not a name for a context variable", hint="letters, digits and underscores")
    if key in _SHELLS_OWN.split() or key.startswith(_SHELLS_FAMILIES):
        raise BadInput(
            f"the context variable {key} would break the shell that reads it in the guest", hint=f"call it MY_{key}"
        )
    if "\0" in value or any(0xD800 <= ord(character) <= 0xDFFF for character in value):
        raise BadInput(
            f"the value of the context variable {key} is not text", hint="pass it base64-encoded, or in user data"
        )


def _pair(line: str) -> tuple[str, str]:
    key, equals, value = line.partition("=")
    key = key.lstrip()
    if not equals or not _NAME.fullmatch(key):
        raise BadInput(
            f"Error while parsing contextualization file.\nSyntax error in line `{line}`",
            hint="each is key=value; a key is made of letters, digits and underscores",
        )
    check_variable(key, value)
    return key, value


def _split(text: str, separator: str) -> Iterator[str]:
    """The items between separators; an odd number of backslashes before one makes it part of the item."""
    *pieces, last = text.split(separator)
    item = ""
    for piece in pieces:
        kept = piece.rstrip("\\")
        backslashes = len(piece) - len(kept)
        item += kept + "\\" * (backslashes // 2)
        if backslashes % 2:
            item += separator
        else:
            yield item
            item = ""
    yield item + last
