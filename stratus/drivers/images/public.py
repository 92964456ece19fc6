"""Connections to servers of the internet alone: each goes to an address that was looked at.

The name in a URL proves nothing: it may stand for any address, another one each time it is asked, and a redirect may
lead anywhere."""

import ipaddress
import socket
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import requests

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_TRANSLATED = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))


class NotPublic(OSError):
    """The server has an address that the internet does not reach."""


def is_public(text: str) -> bool:
    """Whether anybody in the internet could ask a server at this address; what stands in an address counts too."""
    try:
        address: Address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if any(address in network for network in _TRANSLATED):
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if address.is_site_local or address.is_reserved:  # ::a.b.c.d among them
            return False
    return address.is_global and not address.is_multicast


def keep_to_public(session: "requests.Session") -> None:
    """Let the session connect to such servers alone. One behind a proxy of the site's is the proxy's affair."""
    from requests.adapters import HTTPAdapter
    from urllib3.connection import HTTPConnection, HTTPSConnection
    from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            name, self._dns_host = self._dns_host, public_address(self._dns_host, self.port)
            try:
                return super()._new_conn()
            finally:
                self._dns_host = name

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            name, self._dns_host = self._dns_host, public_address(self._dns_host, self.port)
            try:
                return super()._new_conn()
            finally:
                self._dns_host = name  # whose certificate is wanted

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *args: Any, **named: Any) -> None:
            super().init_poolmanager(*args, **named)
            self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}

    for scheme in ("http://", "https://"):
        session.mount(scheme, Adapter())


def public_address(name: str, port: int | None) -> str:
    """One that the name has now. Raises NotPublic where the internet reaches none, before anybody is asked: even to
    knock there would tell who is at home."""
    try:
        found = [str(entry[4][0]) for entry in socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):
        return name  # the connection will fail over it, with the right words
    public = [address for address in found if is_public(address) and not is_ours(address)]
    if not public:
        raise NotPublic(f"{name} has no address of the internet")
    return public[0]


def is_ours(address: str) -> bool:
    """Whether it is an address of this machine, whose firewall lets it ask itself what it lets nobody else."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as unsent:
            unsent.connect((address, 9))
            return str(unsent.getsockname()[0]) == address
    except OSError:  # it is nowhere
        return False
