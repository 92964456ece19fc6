"""login-pswd.properties: `USER=PASSWORD,group,group` per line, a Java properties file. Comments and order are kept."""

from pathlib import Path

from stratus.config.logins.hashes import ARGON2
from stratus.config.store import rewrite
from stratus.errors import ConfigError
from stratus.model.logins import ACCESS, PasswordLogin

NAME = "authn/login-pswd.properties"
_MODE = 0o600


def read_passwords(path: Path) -> tuple[PasswordLogin, ...]:
    """Those who may come in by password, in the file's order; () without a file. Raises ConfigError."""
    text = text_of(path)
    return tuple(_login(user, value) for user, value in _parsed(text or "", path).items())


def set_password(path: Path, user: str, secret: str) -> bool:
    """Give a user this password, hashed or not, and access; other groups of theirs stay. Whether that is a change.

    Raises Denied, DeadlineExceeded, ConfigError."""

    def change(text: str) -> str:
        lines = _parsed(text, path)
        before = _login(user, lines[user]) if user in lines else PasswordLogin(user, "")
        groups = before.groups if ACCESS in before.groups else (ACCESS, *before.groups)
        lines[user] = ",".join((secret, *groups))
        return str(lines.dumps(separator="="))

    return rewrite(path, change, new_mode=_MODE, read=text_of)


def remove_password(path: Path, user: str) -> bool:
    """Take a user's line away; whether there was one."""

    def change(text: str) -> str:
        lines = _parsed(text, path)
        lines.pop(user, None)
        return str(lines.dumps(separator="="))

    return rewrite(path, change, new_mode=_MODE, read=text_of) if text_of(path) is not None else False


def _login(user: str, value: str) -> PasswordLogin:
    hashed = ARGON2.match(value)  # the only format that has commas in it
    end = hashed.end() if hashed else len(value.partition(",")[0])
    groups = tuple(group.strip() for group in value[end:].split(",") if group.strip())
    return PasswordLogin(user, value[:end].strip(), groups)


def _parsed(text: str, path: Path):  # type: ignore[no-untyped-def]
    import javaproperties

    try:
        return javaproperties.PropertiesFile.loads(text)
    except ValueError as error:
        raise ConfigError(f"{path}: {error}", hint=f"edit {path}") from error


def text_of(path: Path) -> str | None:
    """The file's text; properties files are Latin-1, and what we write is ASCII, so that either way fits."""
    try:
        return path.read_bytes().decode("latin-1")
    except (FileNotFoundError, NotADirectoryError, ValueError):  # no file has a NUL in its name
        return None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}", hint="the same as root (sudo)") from error
