"""How the builder runs programs: argument lists, a deadline each, errors that say which package is missing."""

import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from stratus.errors import CommandFailed, DeadlineExceeded

# The Debian and Ubuntu package that each program comes from.
PACKAGE_OF = {
    "apt-cache": "apt",
    "apt-get": "apt",
    "cpio": "cpio",
    "dpkg-deb": "dpkg",
    "mcopy": "mtools",
    "mkfs.vfat": "dosfstools",
    "modinfo": "kmod",
    "qemu-img": "qemu-utils",
    "syslinux": "syslinux",
    "zstd": "zstd",
}

_ADMIN_PATH = "/usr/local/sbin:/usr/sbin:/sbin"  # mkfs.vfat and modinfo, for users other than root


def missing_packages(programs: Iterable[str]) -> tuple[str, ...]:
    """The packages to install so that all these programs are there; empty if they are."""
    absent = {PACKAGE_OF.get(name, name) for name in programs if shutil.which(name, path=_search_path()) is None}
    return tuple(sorted(absent))


def install_hint(packages: Iterable[str]) -> str:
    """The command that brings the packages."""
    return f"apt-get install {' '.join(packages)}"


def run(
    argv: list[str],
    *,
    timeout_s: float,
    cwd: Path | None = None,
    stdin: bytes = b"",
    env: Mapping[str, str] | None = None,
) -> bytes:
    """What the program wrote to standard output. Raises CommandFailed with its own words, DeadlineExceeded."""
    try:
        done = subprocess.run(
            argv,
            input=stdin,
            capture_output=True,
            timeout=timeout_s,
            cwd=cwd,
            env={**os.environ, "LC_ALL": "C", "PATH": _search_path(), **(env or {})},
            check=False,
        )
    except FileNotFoundError as error:
        package = PACKAGE_OF.get(argv[0], argv[0])
        raise CommandFailed(f"{argv[0]} is not installed", hint=install_hint([package])) from error
    except subprocess.TimeoutExpired as error:
        raise DeadlineExceeded(f"{argv[0]} did not end within {timeout_s:g} s") from error
    if done.returncode != 0:
        words = (done.stderr or done.stdout).decode(errors="replace").strip()
        raise CommandFailed(f"{' '.join(argv[:4])} ended with status {done.returncode}: {words[-2000:]}")
    return done.stdout


def _search_path() -> str:
    return f"{os.environ.get('PATH', '/usr/bin:/bin')}:{_ADMIN_PATH}"
