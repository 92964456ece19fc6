"""Guests over real TCP: an SSH server is there when its banner is (RFC 4253, section 4.2)."""

import socket


class TcpReach:
    """The reach door over the machine's own network."""

    def ssh_answers(self, address: str, *, timeout_s: float) -> bool:
        """Whether an SSH server at `address` sends its banner within `timeout_s`."""
        try:
            with socket.create_connection((address, 22), timeout=timeout_s) as connection:
                connection.settimeout(timeout_s)
                return connection.recv(8).startswith(b"SSH-")
        except OSError:
            return False
