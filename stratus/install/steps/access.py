"""Access: the front end's key among root's, for the machine's own sshd, with the agent as forced command.

A machine that was reached over SSH has an sshd that listens already: nothing new does. The key opens nothing but the
agent. It is tied to no address (`from=`): one that changes would silently cut the front end off from all its nodes."""

import posixpath

from stratus.install.deeds import Deed, Folder, Line
from stratus.install.facts import Facts, Wish


def plan(facts: Facts, wish: Wish) -> tuple[Deed, ...]:
    """Add the line, unless it is there as it shall be."""
    if not wish.keys_file:
        return ()
    folder = posixpath.dirname(wish.keys_file)
    found = facts.files.get(wish.keys_file)
    lines = found.text.splitlines() if found else []
    made = () if folder in facts.files else (Folder(folder, 0o700),)
    mark = mark_of(wish.authorized_line)
    same = [line for line in lines if mark in line] == [wish.authorized_line]
    return () if same else (*made, Line(wish.keys_file, wish.authorized_line, mark))


def mark_of(line: str) -> str:
    """The key itself, by which a line of authorized_keys is known whatever stands around it."""
    return next(word for word in line.split() if word.startswith("AAAA"))
