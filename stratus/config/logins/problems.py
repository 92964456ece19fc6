"""What is wrong with the login files."""

import stat
from collections.abc import Iterator
from pathlib import Path

from stratus.config.logins import certificates, passwords
from stratus.config.logins.hashes import form_of
from stratus.config.problems import ERROR, WARNING, Problem
from stratus.errors import ConfigError
from stratus.model.logins import ACCESS


def login_problems(config_dir: Path) -> Iterator[Problem]:
    """Files that cannot be read as what they are, or that others may read; logins that let nobody in."""
    yield from _of_passwords(config_dir / passwords.NAME)
    yield from _of_certificates(config_dir / certificates.NAME)


def _of_passwords(path: Path) -> Iterator[Problem]:
    try:
        logins = passwords.read_passwords(path)
    except ConfigError as wrong:
        yield Problem(ERROR, str(path), "", wrong.message.removeprefix(f"{path}: "), wrong.hint)
        return
    if logins and stat.S_IMODE(path.stat().st_mode) & 0o044:
        yield Problem(WARNING, str(path), "", "has passwords, and others may read it", f"chmod 600 {path}")
    for login in logins:
        if ACCESS not in login.groups:
            yield Problem(WARNING, str(path), login.user, f"does not come in: not in the group {ACCESS}")
        if form_of(login.secret) != "argon2":
            hint = "stratus-hash-password --format argon2"
            yield Problem(WARNING, str(path), login.user, "has a password that is easily found out", hint)


def _of_certificates(path: Path) -> Iterator[Problem]:
    try:
        logins = certificates.read_certificates(path)
    except ConfigError as wrong:
        yield Problem(ERROR, str(path), "", wrong.message.removeprefix(f"{path}"), wrong.hint)
        return
    for login in logins:
        if ACCESS not in login.groups:
            yield Problem(WARNING, str(path), login.dn, f"does not come in: not in the group {ACCESS}")
