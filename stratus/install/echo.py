"""Asking another machine on the network whether it is there: one ICMP echo, through one interface."""

import os
import select
import socket
import struct
import time

_REQUEST, _REPLY = 8, 0


def answers_echo(address: str, interface: str, *, timeout_s: float) -> bool:
    """Whether `address` (IPv4) answers through `interface`. As root."""
    number = os.getpid() & 0xFFFF
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as wire:
        try:
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode() + b"\0")
            wire.sendto(_request(number), (address, 0))
        except OSError:
            return False
        deadline = time.monotonic() + timeout_s
        while (left_s := deadline - time.monotonic()) > 0 and select.select([wire], [], [], left_s)[0]:
            packet, (sender, _) = wire.recvfrom(2048)
            if sender == address and _is_reply(packet, number):
                return True
    return False


def _request(number: int) -> bytes:
    bare = struct.pack("!BBHHH", _REQUEST, 0, 0, number, 1)
    total = sum(struct.unpack("!4H", bare))
    return struct.pack("!BBHHH", _REQUEST, 0, ~(total + (total >> 16)) & 0xFFFF, number, 1)


def _is_reply(packet: bytes, number: int) -> bool:
    body = packet[(packet[0] & 0x0F) * 4 :]
    return len(body) >= 8 and body[0] == _REPLY and struct.unpack("!H", body[4:6])[0] == number
