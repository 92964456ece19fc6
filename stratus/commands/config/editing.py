"""Editing a file by hand: on a copy, which takes its place only if it is right."""

import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from stratus import output
from stratus.commands.config.checking import show_problems
from stratus.commands.config.planning import show_plan
from stratus.commands.config.rules import rules
from stratus.commands.session import Session
from stratus.config.ini import read_text
from stratus.config.problems import ERROR, Problem, problems_of
from stratus.config.reference_file import user_reference
from stratus.config.setting import SITE_MODE, USER_MODE, file_of, head
from stratus.config.sources import Sources
from stratus.config.store import rewrite, writing
from stratus.errors import CommandFailed, ConfigError, Conflict, Denied, NotFound
from stratus.model.values import dataclass

_USUAL_EDITORS = ("sensible-editor", "editor", "vi", "nano")


@dataclass(frozen=True)
class Shown:
    """Whether the change is only shown, and how."""

    plan: bool
    reveal: bool
    format: str


@dataclass(frozen=True)
class Draft:
    """A text being edited: the file that it is for, what is in there, and the copy that the editor is given."""

    path: Path
    before: str
    copy: Path
    offered: str


def edit(session: Session, sources: Sources, shown: Shown, *, user: bool) -> int:
    """Open the file in the user's editor and put the result in its place, or show it. Gives the exit status."""
    path = file_of(sources, user=user)
    before = _text(path)
    _expect_writable(path)
    folder = Path(tempfile.mkdtemp(prefix="stratus-config-", dir=session.environ.get("TMPDIR")))
    draft = Draft(path, before, folder / path.name, before or (user_reference() if user else head(user=user)))
    draft.copy.write_bytes(draft.offered.encode("utf-8", "surrogateescape"))
    kept = False
    try:
        _run_editor(session.environ, draft.copy)
        kept = True
        _take(session, sources, draft, shown, new_mode=USER_MODE if user else SITE_MODE)
        kept = False
    finally:
        if not kept:
            shutil.rmtree(folder)
    return 0


def _text(path: Path) -> str:
    """What is in the file, be it UTF-8 or not: the editor is where that can be mended."""
    try:
        return read_text(path) or ""
    except ConfigError:
        with writing(path):
            return path.read_bytes().decode("utf-8", "surrogateescape")


def _expect_writable(path: Path) -> None:
    """Say so now, and not when the work has been done. Raises Denied."""
    folder = next(each for each in Path(os.path.realpath(path)).parents if each.exists())
    if not os.access(folder, os.W_OK):
        raise Denied(f"{path} may not be written by you", hint=f"the same as root (sudo), or: ls -ld {path.parent}")


def _run_editor(environ: Mapping[str, str], copy: Path) -> None:
    """Raises NotFound, CommandFailed. It may run as long as its user likes."""
    named = environ.get("VISUAL") or environ.get("EDITOR")
    argv = shlex.split(named) if named else [next(filter(shutil.which, _USUAL_EDITORS), "vi")]
    try:
        done = subprocess.run([*argv, str(copy)], check=False)
    except OSError as error:
        raise NotFound(f"the editor {argv[0]} cannot be run: {error.strerror}", hint="export EDITOR=nano") from error
    if done.returncode:
        raise CommandFailed(
            f"the editor {argv[0]} ended with status {done.returncode}; nothing was changed", hint="export EDITOR=nano"
        )


def _take(session: Session, sources: Sources, draft: Draft, shown: Shown, *, new_mode: int) -> None:
    """Put the edited text in the file's place, or show how that would change, if it is right."""
    try:
        after = read_text(draft.copy)
    except ConfigError as broken:
        raise ConfigError(f"{broken.message}; {draft.path} was not changed", hint=_compare(draft)) from broken
    if after is None or after == draft.offered:
        session.note("nothing was changed")
        return
    wrong = _errors(sources, draft.path, after)
    if wrong:
        show_problems(wrong, "table", to=output.note)
        raise ConfigError(
            f"{draft.path} was not changed: the text has errors; it is kept in {draft.copy}", hint=_compare(draft)
        )
    if shown.plan:
        show_plan(draft.path, draft.before, after, title="edit it", reveal=shown.reveal, format=shown.format)
        return
    rewrite(draft.path, lambda now: _unless_changed(now, after, draft), new_mode=new_mode, read=_text)
    session.note(f"{output.clean(str(draft.path))} is changed")


def _errors(sources: Sources, path: Path, text: str) -> list[Problem]:
    """The errors of this file, and those of the whole that were not there before."""
    before = {(each.key, each.text) for each in problems_of(sources, rules=rules) if each.level == ERROR}
    after = problems_of(sources, texts={path: text}, rules=rules)
    return [
        each
        for each in after
        if each.level == ERROR
        and (each.where == str(path) or each.where.startswith(f"{path}:") or (each.key, each.text) not in before)
    ]


def _unless_changed(now: str, after: str, draft: Draft) -> str:
    if now != draft.before:
        raise Conflict(
            f"{draft.path} was changed by somebody else meanwhile; your text is kept in {draft.copy}",
            hint=_compare(draft),
        )
    return after


def _compare(draft: Draft) -> str:
    return shlex.join(["diff", "-u", str(draft.path), str(draft.copy)])
