"""Uninstalling: what the journal says was made here is taken away, newest first, and nothing else."""

from pathlib import Path

from stratus.install.facts import GATE_UNIT, SSHD_UNIT
from stratus.install.ground import Ground, Say
from stratus.install.journal import Journal, Made
from stratus.model.paths import DISPATCHER_UNIT
from stratus.model.values import dataclass

_DISPATCHERS = ("dispatcher", DISPATCHER_UNIT, "gate", GATE_UNIT)
# What starts agents; the dispatcher has been struck from the journal by the time that they end.
_STARTERS = (*_DISPATCHERS, "sshd", SSHD_UNIT)
_AGENT = ("stratus.nodeagent", "ssh-entry")


@dataclass(frozen=True)
class Undoing:
    """One thing that is taken away, with the command lines that it amounts to."""

    what: str  # the kind of the journal's entry
    name: str
    deeds: tuple[str, ...]


def plan(ground: Ground, journal_path: str, *, packages: bool) -> tuple[Undoing, ...]:
    """What uninstalling would take away, in order. Changes nothing."""
    journal = ground.journal(journal_path)
    return tuple(_undoing(entry, journal_path) for entry in _in_order(journal, packages=packages))


def uninstall(ground: Ground, journal_path: str, *, say: Say, packages: bool = False) -> tuple[Undoing, ...]:
    """Undo the installation that `journal_path` tells of; gives what was undone, nothing if there was none. As root.

    The instances on the machine end and its bridges go while libvirt still answers, but nobody gives orders any more.
    Packages go only with `packages`, and then only those that came with the installation and that nothing else needs by
    now. What is undone is struck from the journal, so that an interrupted one goes on."""
    journal = ground.journal(journal_path)
    state = Path(journal_path).parent
    entries = _in_order(journal, packages=packages)
    for entry in entries:
        for line in _shown(entry, journal_path, in_full=False):
            say(line)
        ground.undo(entry, str(state), say)
        journal = journal.cleared() if entry.kind == "instances" else journal.without(entry)
        if (entry.kind, Path(entry.name)) != ("folder", state):
            ground.keep(journal, journal_path)
    ground.keep(None, journal_path)
    for entry in journal.made:
        say(f"{len(entry.names)} packages stay; --packages removes them")
    return tuple(_undoing(entry, journal_path) for entry in entries)


def _are_ours(journal: Journal) -> bool:
    """Whether the agents that run here do so for this installation: it has what starts them, or their program."""
    return any(entry.kind == "tree" or entry.name in _STARTERS for entry in journal.made)


def _in_order(journal: Journal, *, packages: bool) -> list[Made]:
    """Newest first, but that daemons end before their files go, and the folder with the journal goes last of all.

    The instances end after the dispatcher, and before anything that they need."""
    rank = {"folder": 0, "tree": 1, "packages": 2, "file": 3, "effect": 4, "unit": 5, "daemon": 6, "line": 7}
    made = [entry for entry in journal.made if packages or entry.kind != "packages"]
    entries = sorted(made, key=lambda entry: rank[entry.kind])[::-1]
    dispatchers = [entry for entry in entries if entry.name in _DISPATCHERS or entry.kind == "line"]
    instances = Made("instances", "of this node", _AGENT if _are_ours(journal) else ())
    others = [entry for entry in entries if entry not in dispatchers]
    return [*dispatchers, *([instances] if entries and not journal.is_cleared else []), *others]


def _undoing(entry: Made, journal_path: str) -> Undoing:
    return Undoing(entry.kind, entry.name, _shown(entry, journal_path, in_full=True))


def _shown(entry: Made, journal_path: str, *, in_full: bool) -> tuple[str, ...]:
    match entry.kind:
        case "instances":
            return ("stratus-nodeagent clear    # ends the instances of this node, takes its networks away",)
        case "folder" if Path(entry.name).is_relative_to(Path(journal_path).parent):
            return (f"rm -r {entry.name}",)
        case "folder":
            return (f"rmdir {entry.name}    # if nothing else is in it",)
        case "tree":
            return (f"rm -r {entry.name}",)
        case "line":
            return (f"sed -i '\\,{entry.names[0]},d' {entry.name}",)
        case "file":
            return (f"rm -f {entry.name}",)
        case "daemon":
            return (f"stop {entry.name}",)
        case "unit":
            return (f"systemctl disable --now {entry.name}", f"rm -f {entry.pid_file}")
        case "packages":
            names = (
                " ".join(entry.names) if in_full else f"({len(entry.names)} packages that came with the installation)"
            )
            return (f"apt-get purge {names}",)
    return (" ".join(entry.names),)
