"""Getting a logged-in SSH connection to a node whose host key is pinned, or saying exactly why there is none."""

import contextlib
import logging
import socket
import sys
import threading
import time
from collections.abc import Iterator

from stratus.drivers.link.hostkeys import alias, host_key, pinned
from stratus.errors import NodeUnreachable
from stratus.model.node import HostKey, Reach

if "invoke" not in sys.modules:
    # paramiko imports invoke only for `Match exec` in a configuration that is never read here; it costs 38 ms.
    sys.modules["invoke"] = None  # type: ignore[assignment]
    import paramiko as paramiko  # `as`: whoever else needs it takes it from here

    del sys.modules["invoke"]
else:
    import paramiko as paramiko

# It logs the traceback of each failure that is raised here with its cause.
logging.getLogger("paramiko").setLevel(logging.CRITICAL)

_KEEPALIVE_S = 15
_SILENT_PEER_MS = 30_000  # what was sent and not acknowledged for so long: the machine or the way to it is gone
_RSA_ALGORITHMS = ("rsa-sha2-512", "rsa-sha2-256")
# How sshd says that it has no place for a connection; the second of them since OpenSSH 9.8.
_TURNED_AWAY = (b"MaxStartups", b"Not allowed at this time")


def dial(node: str, reach: Reach, *, private_key: str, known_hosts: str, timeout_s: float) -> paramiko.Transport:
    """A logged-in connection to `node`, within `timeout_s`; NodeUnreachable with cause and mend otherwise."""
    deadline_s = time.monotonic() + timeout_s
    key = _private_key(node, private_key)
    trusted = pinned(known_hosts, node)
    transport = _greeted(node, reach.host, reach.port, trusted, timeout_s)
    try:
        _check_host_key(node, reach, _shown(transport), trusted, known_hosts)
        _log_in(node, reach, transport, key, private_key, max(deadline_s - time.monotonic(), 0.1))
    except BaseException:
        transport.close()
        raise
    transport.set_keepalive(_KEEPALIVE_S)
    return transport


def fetch_host_key(host: str, port: int = 22, *, timeout_s: float = 10.0) -> HostKey:
    """The key that the machine there shows now, unproved, for a person to compare and `hostkeys.pin` to keep.

    NodeUnreachable if no SSH server answers.
    """
    transport = _greeted(host, host, port, (), timeout_s)
    try:
        return _shown(transport)
    finally:
        transport.close()


def _private_key(node: str, path: str) -> paramiko.PKey:
    try:
        return paramiko.PKey.from_path(path)
    except FileNotFoundError as error:
        raise NodeUnreachable(
            f"{node}: the front end's private key {path} is missing",
            hint=f'make one: ssh-keygen -t ed25519 -N "" -f {path}; then add its .pub to the nodes\' authorized_keys',
        ) from error
    except OSError as error:
        raise NodeUnreachable(
            f"{node}: the front end's private key {path} cannot be read: {error.strerror}",
            hint=f"run this as the account that owns it: ls -l {path}",
        ) from error
    except (paramiko.SSHException, ValueError, TypeError) as error:
        # TypeError is what cryptography raises for a key with a passphrase.
        raise NodeUnreachable(
            f"{node}: the front end's private key {path} cannot be used: {error}",
            hint=f"it must be an OpenSSH private key without passphrase: ssh-keygen -y -f {path}",
        ) from error


def _greeted(node: str, host: str, port: int, trusted: tuple[HostKey, ...], timeout_s: float) -> paramiko.Transport:
    """A connection after the exchange of keys: encrypted, the host key shown, nobody logged in."""
    deadline_s = time.monotonic() + timeout_s
    sock = _connected(node, host, port, timeout_s)
    try:
        first = _first_bytes(node, f"{host}:{port}", sock, max(deadline_s - time.monotonic(), 0.1))
        transport = paramiko.Transport(sock)
    except BaseException:
        sock.close()
        raise
    try:
        _prefer(transport, trusted)
        left_s = max(deadline_s - time.monotonic(), 0.1)
        transport.banner_timeout = transport.handshake_timeout = left_s
        done = threading.Event()
        transport.start_client(event=done)
        if not done.wait(left_s) or not transport.is_active():
            raise _no_handshake(node, f"{host}:{port}", first, transport.get_exception())
    except BaseException:
        transport.close()
        raise
    return transport


def _connected(node: str, host: str, port: int, timeout_s: float) -> socket.socket:
    there = f"{host}:{port}"
    try:
        sock = socket.create_connection((host, port), timeout=timeout_s)
    except (socket.gaierror, UnicodeError) as error:
        raise NodeUnreachable(
            f"{node}: the name {host} cannot be resolved: {error}",
            hint=f"correct the node's host, or make the name known: getent hosts {host}",
        ) from error
    except ConnectionRefusedError as error:
        raise NodeUnreachable(
            f"{node}: nothing listens on {there} (connection refused)",
            hint="start sshd on the node, or correct the node's port",
        ) from error
    except TimeoutError as error:
        raise NodeUnreachable(
            f"{node}: {there} does not answer within {timeout_s:g} s",
            hint=f"is the machine on, and does a firewall let port {port} through? ping {host}",
        ) from error
    except OSError as error:
        raise NodeUnreachable(f"{node}: no way to {there}: {error.strerror or error}", hint=f"ping {host}") from error
    # Without it a small line waits some 40 ms for the acknowledgement of the one before.
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _SILENT_PEER_MS)
    return sock


def _first_bytes(node: str, there: str, sock: socket.socket, timeout_s: float) -> bytes:
    """The beginning of what the server says, still there to be read: paramiko does not tell silence from a drop."""
    sock.settimeout(timeout_s)
    try:
        first = sock.recv(255, socket.MSG_PEEK)
    except TimeoutError as error:
        raise NodeUnreachable(
            f"{node}: {there} accepts connections but says nothing within {timeout_s:.3g} s",
            hint="is it sshd that listens there, and is the machine overloaded? look at its console",
        ) from error
    except OSError:
        first = b""
    if not first or any(words in first for words in _TURNED_AWAY):
        raise NodeUnreachable(
            f"{node}: {there} dropped the connection before its greeting (sshd has too many logins under way, "
            "MaxStartups, or bars this address)",
            hint="try again; if it goes on, raise MaxStartups in the node's sshd_config and read its log",
        )
    return first


def _prefer(transport: paramiko.Transport, trusted: tuple[HostKey, ...]) -> None:
    """Ask for the types of key that are pinned first: a server has several, and shows one."""
    options = transport.get_security_options()
    wanted = [name for key in trusted for name in (_RSA_ALGORITHMS if key.type == "ssh-rsa" else (key.type,))]
    first = [name for name in wanted if name in options.key_types]
    options.key_types = (*dict.fromkeys(first), *(name for name in options.key_types if name not in first))


def _no_handshake(node: str, there: str, first: bytes, error: Exception | None) -> NodeUnreachable:
    if not first.startswith(b"SSH-"):
        said = first.splitlines()[0].decode("ascii", "backslashreplace")[:60]
        return NodeUnreachable(
            f"{node}: what listens on {there} is not sshd: it says {said!r}", hint="correct the node's host or port"
        )
    cause = str(error) or type(error).__name__ if error else "it took too long"
    return NodeUnreachable(
        f"{node}: no SSH session with {there} ({first.splitlines()[0].decode('ascii', 'replace')}): {cause}",
        hint="compare the algorithms of both ends (ssh -vv), and read the log of the node's sshd",
    )


def _shown(transport: paramiko.Transport) -> HostKey:
    key = transport.get_remote_server_key()
    return host_key(key.get_name(), key.get_base64())


def _check_host_key(node: str, reach: Reach, shown: HostKey, trusted: tuple[HostKey, ...], known_hosts: str) -> None:
    if any(key[:2] == shown[:2] for key in trusted):
        return
    keep = f"echo '{alias(node)} {shown.type} {shown.base64}' >> {known_hosts}"
    compare = "on the node's console: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub"
    if not trusted:
        raise NodeUnreachable(
            f"{node}: its host key is not known: {reach.host}:{reach.port} shows {shown.type} {shown.fingerprint}",
            hint=f"compare it {compare}; if it is the same, pin it: {keep}",
        )
    pins = ", ".join(f"{key.type} {key.fingerprint}" for key in trusted)
    raise NodeUnreachable(
        f"{node}: THE HOST KEY HAS CHANGED, another machine may pose as it: {reach.host}:{reach.port} shows "
        f"{shown.type} {shown.fingerprint}, pinned is {pins}; nothing was sent",
        hint=f"if the node was installed anew, compare {compare}; if it is the same: "
        f"ssh-keygen -R {alias(node)} -f {known_hosts}; {keep}",
    )


def _log_in(
    node: str, reach: Reach, transport: paramiko.Transport, key: paramiko.PKey, path: str, timeout_s: float
) -> None:
    transport.auth_timeout = timeout_s
    try:
        transport.auth_publickey(reach.user, key)
    except paramiko.AuthenticationException as error:
        if not transport.is_active() or "timeout" in str(error).lower():
            raise _broken_login(node, reach, error) from error
        raise _refused_login(node, reach, path) from error
    except (paramiko.SSHException, EOFError, OSError) as error:
        raise _broken_login(node, reach, error) from error
    if not transport.is_authenticated():  # the key was accepted, but sshd wants something more
        raise _refused_login(node, reach, path)


def _refused_login(node: str, reach: Reach, path: str) -> NodeUnreachable:
    return NodeUnreachable(
        f"{node}: {reach.host}:{reach.port} does not let {reach.user} in with the key {path} (permission denied)",
        hint=f"add the forced command with {path}.pub to {reach.user}'s authorized_keys on the node, owned by "
        f"{reach.user} and not writable for others; read the log of its sshd",
    )


def _broken_login(node: str, reach: Reach, error: Exception) -> NodeUnreachable:
    return NodeUnreachable(
        f"{node}: {reach.host}:{reach.port} broke off the login of {reach.user}: {error or type(error).__name__}",
        hint="read the log of the node's sshd",
    )


@contextlib.contextmanager
def closing_after(transport: paramiko.Transport, timeout_s: float) -> Iterator[None]:
    """A deadline for the steps of paramiko that have none: it closes the connection under them."""
    timer = threading.Timer(timeout_s, transport.close)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
