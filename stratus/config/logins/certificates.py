"""login-cert.properties: `"DN" group group` per line; the DN is as RFC 2253 has it. Comments and order are kept."""

import re
from pathlib import Path

from stratus.config.logins.passwords import text_of
from stratus.config.store import rewrite
from stratus.errors import BadInput, ConfigError
from stratus.model.logins import ACCESS, CertificateLogin

NAME = "authn/login-cert.properties"
_MODE = 0o600
_LINE = re.compile(r'\s*"((?:[^"\\]|\\.)*)"((?:[\s,]+[^\s,"#]+)*)[\s,]*(?:#.*)?')
_PART = re.compile(r"\s*[A-Za-z][A-Za-z0-9.-]*\s*=(?:[^,\\\n]|\\.)*")


def read_certificates(path: Path) -> tuple[CertificateLogin, ...]:
    """Those who may come in by certificate, in the file's order; () without a file. Raises ConfigError."""
    return tuple(login for login in map(_login, _lines(text_of(path) or "", path)) if login)


def set_certificate(path: Path, dn: str, *, user: str = "") -> bool:
    """Let the holder of this DN in, as `user`; other groups stay. Whether that is a change. Raises BadInput."""
    wanted = same_dn(dn)

    def change(text: str) -> str:
        lines = _lines(text, path)
        mine = [number for number, line in enumerate(lines) if (login := _login(line)) and same_dn(login.dn) == wanted]
        before = [_login(lines[number]) for number in mine]
        groups = [group for login in before if login for group in login.groups if not group.startswith("user:")]
        after = (ACCESS, *(group for group in groups if group != ACCESS), *((f"user:{user}",) if user else ()))
        line = f'"{dn}" {" ".join(dict.fromkeys(after))}'
        place = mine[0] if mine else len(lines)
        kept = [each for number, each in enumerate(lines) if number not in mine]
        return "".join(f"{each}\n" for each in (*kept[:place], line, *kept[place:]))

    return rewrite(path, change, new_mode=_MODE, read=text_of)


def remove_certificate(path: Path, dn: str) -> bool:
    """Take a DN's line away; whether there was one. Raises BadInput."""
    wanted = same_dn(dn)

    def change(text: str) -> str:
        kept = [line for line in _lines(text, path) if not ((login := _login(line)) and same_dn(login.dn) == wanted)]
        return "".join(f"{line}\n" for line in kept)

    return rewrite(path, change, new_mode=_MODE, read=text_of) if text_of(path) is not None else False


def same_dn(dn: str) -> str:
    """A text that two ways to write one DN have in common: blanks around the parts and the case of types do not count.

    Raises BadInput for what is no DN."""
    parts, place = [], 0
    while found := _PART.match(dn, place):
        kind, _, value = found[0].partition("=")
        parts.append(f"{kind.strip().upper()}={value.strip()}")
        place = found.end() + 1
        if dn[found.end() : place] != ",":
            break
    if not parts or place <= len(dn) or not dn.isprintable() or '"' in dn:
        raise BadInput(f"{dn!r} is no distinguished name", hint='like this: "CN=Jane Doe,OU=Physics,O=Example,C=FR"')
    return ",".join(parts)


def _login(line: str) -> CertificateLogin | None:
    found = _LINE.fullmatch(line)
    if not found or not found[2]:
        return None
    return CertificateLogin(found[1], tuple(re.split(r"[\s,]+", found[2].strip(" ,\t"))))


def _lines(text: str, path: Path) -> list[str]:
    """The lines. Raises ConfigError for one that is neither a comment nor a login."""
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.lstrip().startswith("#") and not _login(line):
            raise ConfigError(f'{path}, line {number}: not `"DN" group`', hint=f"edit {path}")
    return lines
