"""For the commands that change this machine: being root, who the administrator is, and where our programs are."""

import grp
import os
import pwd
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from shutil import which

import stratus
from stratus.errors import BadInput, Denied

_CHECKOUT = Path(stratus.__file__).parents[1]


def become_root(environ: Mapping[str, str], again: Sequence[str] = ()) -> None:
    """Go on as root: comes back if that is who we are, else runs the same command line through sudo. Raises Denied.

    `again` is that command line, a module of ours and its words, where it is not that of `stratus`."""
    if os.geteuid() == 0:
        return
    if not which("sudo"):
        raise Denied("this changes the machine, which only root may do", hint="log in as root, or install sudo")
    quietly = () if sys.stdin.isatty() else ("-n",)
    # By name: command lines are for everybody to read, and sudo writes them down.
    kept = ",".join(name for name in environ if _is_kept(name))
    keeping = (f"--preserve-env={kept}",) if kept else ()
    words = again or ("stratus.cli", *sys.argv[1:])
    os.execvp("sudo", ("sudo", *quietly, *keeping, "--", sys.executable, "-P", "-m", *words))


def administrator(environ: Mapping[str, str]) -> tuple[str, str]:
    """The user who administers the cloud, and that user's group: who typed the command, also through sudo.

    Raises BadInput for a SUDO_USER that is nobody."""
    name = environ.get("SUDO_USER") if os.geteuid() == 0 else None
    try:
        entry = pwd.getpwnam(name) if name else pwd.getpwuid(os.geteuid())
    except (KeyError, ValueError) as error:
        raise BadInput(f"SUDO_USER is {name!r}, and there is no such user here", hint="unset SUDO_USER") from error
    return entry.pw_name, grp.getgrgid(entry.pw_gid).gr_name


def program(name: str) -> str:
    """The absolute path of a program of ours: the checkout's launcher, or the one that pip made."""
    launcher = _CHECKOUT / "bin" / name
    return str(launcher if launcher.exists() else Path(sys.executable).parent / name)


def _is_kept(name: str) -> bool:
    return name.startswith("STRATUSLAB_") or name == "SSH_CONNECTION" or name.lower().endswith("_proxy")
