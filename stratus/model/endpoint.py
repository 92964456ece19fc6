"""Endpoint: where a user's client finds the gate of a cloud, as `ssh://[user@]host[:port]`."""

import re

from stratus.errors import ConfigError
from stratus.model.values import dataclass

USER, PORT = "stratus", 2222
HTTPS = "https"  # what StratusLab's endpoints are, also those that name no scheme
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
_PLACE = re.compile(
    r"(?:([A-Za-z0-9._][A-Za-z0-9._-]*)@)?([A-Za-z0-9_][A-Za-z0-9_.-]*|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?/?\Z"
)
_LONGEST_HOST = 253


@dataclass(frozen=True)
class Endpoint:
    """Host, port and account of a gate."""

    host: str
    port: int = PORT
    user: str = USER

    def __str__(self) -> str:
        """As it is written in a configuration; what is usual is left out."""
        user = "" if self.user == USER else f"{self.user}@"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"ssh://{user}{host}{'' if self.port == PORT else f':{self.port}'}"


def endpoint_of(text: str) -> Endpoint:
    """What the text says. Raises ConfigError for another scheme, naming what is spoken, and for what is no place."""
    found = _SCHEME.fullmatch(text.strip())
    scheme, rest = (found[1].lower(), found[2]) if found else (HTTPS, text.strip())
    if scheme != "ssh":
        raise ConfigError(
            f"the endpoint {_shown(text)} wants {scheme}, and this release speaks to gates over SSH only",
            hint=f"stratus login ssh://{_host_in(rest)}",
        )
    place = _PLACE.fullmatch(rest)
    port = int(place[3]) if place and place[3] else PORT
    if place is None or not 0 < port < 65536 or len(place[2]) > _LONGEST_HOST:
        raise ConfigError(f"{_shown(text)} is no endpoint", hint="ssh://cloud.example.org, or: ssh://user@host:2222")
    return Endpoint(place[2].strip("[]"), port, place[1] or USER)


def _host_in(rest: str) -> str:
    found = re.match(r"(?:[^@/]*@)?([A-Za-z0-9_][A-Za-z0-9_.-]*)", rest)
    return found[1] if found else "HOST"


def _shown(text: str) -> str:
    return repr(text if len(text) <= 80 else f"{text[:80]}...")
