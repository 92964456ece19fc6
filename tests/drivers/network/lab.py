"""A network laboratory: a node, guests and an outside, each a network namespace of its own, joined by veth pairs."""

import contextlib
import ctypes
import os
import shutil
import socket
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from stratus.drivers.network.commands import run_command
from stratus.drivers.network.linux import LinuxNetwork
from stratus.errors import CommandFailed
from stratus.model.argv import Argv
from stratus.model.firewall import elements
from stratus.model.network import Bridge, Port
from tests.drivers.network.contract import PLAIN_INTERFACE

CLONE_NEWNET = 0x40000000
BROADCAST = "ff:ff:ff:ff:ff:ff"


@contextlib.contextmanager
def inside(namespace: str) -> Iterator[None]:
    """This thread in another namespace; a socket opened here stays there."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/thread-self/ns/net") as home, open(f"/run/netns/{namespace}") as there:
        if libc.setns(there.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
        try:
            yield
        finally:
            libc.setns(home.fileno(), CLONE_NEWNET)


def in_namespace(namespace: str, argv: Argv) -> str:
    return run_command(("ip", "netns", "exec", namespace, *argv))


@dataclass
class Node:
    """The node: the door under test runs its commands here."""

    namespace: str
    folder: Path

    @property
    def network(self) -> LinuxNetwork:
        """A new door each time: nothing may depend on what one object remembers."""
        return LinuxNetwork(str(self.folder / "networks"), run=self.run)

    def run(self, argv: Argv) -> str:
        return in_namespace(self.namespace, argv)

    def lets_speak(self, tap: str, mac: str, address: str) -> bool:
        """Whether the element of such a port is in every set of the filter."""
        for name, element in elements(Port(tap, "", "", mac, address, "")):
            try:
                self.run(("nft", "get", "element", "bridge", "stratus", name, f"{{ {element} }}"))
            except CommandFailed:
                return False
        return True

    def pid_of_server(self, bridge: Bridge) -> int:
        return int((self.folder / "networks/dnsmasq" / bridge.name / "dnsmasq.pid").read_text())


@dataclass
class Guest:
    """An instance's place: its card is one end of a veth pair, the tap is the other."""

    namespace: str
    port: Port
    folder: Path

    def run(self, *argv: str) -> str:
        return in_namespace(self.namespace, argv)

    def asks_dhcp(self, *, tries: int = 3) -> dict[str, str]:
        """What a DHCP client is told; {} if nobody answers. The card takes the address."""
        told = self.folder / f"{self.port.tap}.told"
        told.unlink(missing_ok=True)
        script = self.folder / "udhcpc.sh"
        script.write_text(
            "#!/bin/busybox sh\n"
            f'[ "$1" = bound ] || exit 0\n/bin/busybox env > {self.folder}/$interface_name.told\n'
            "ip address replace $ip/$mask dev $interface\n"
            '[ -z "$router" ] || ip route replace default via $router\n'
        )
        script.chmod(0o755)
        try:
            self.run(
                *("env", f"interface_name={self.port.tap}", "busybox", "udhcpc", "-n", "-q", "-f", "-i", "eth0"),
                *("-t", str(tries), "-T", "1", "-O", "ntpsrv", "-s", str(script)),
            )
        except CommandFailed:
            return {}
        return dict(line.split("=", 1) for line in told.read_text().splitlines() if "=" in line)

    def takes_address(self, address: str = "") -> None:
        self.run("ip", "address", "replace", f"{address or self.port.address}/24", "dev", "eth0")

    def reaches(self, address: str) -> bool:
        try:
            self.run("busybox", "ping", "-c", "1", "-W", "2", address)
        except CommandFailed:
            return False
        return True

    def looks_up(self, name: str, server: str) -> str:
        """What nslookup says, right or wrong."""
        done = subprocess.run(
            ["ip", "netns", "exec", self.namespace, "busybox", "nslookup", name, server],
            capture_output=True,
            text=True,
            timeout=20,
        )
        return done.stdout + done.stderr

    def opens_card(self) -> socket.socket:
        with inside(self.namespace):
            card = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
            card.bind(("eth0", 0))
        card.settimeout(5)
        return card


class Lab:
    """Makes the namespaces, and takes them away."""

    def __init__(self) -> None:
        self._prefix = f"stnt-{os.getpid()}"
        self._namespaces: list[str] = []
        # not pytest's folder, which only root may enter: dnsmasq runs as nobody
        self._folder = Path(tempfile.mkdtemp(prefix="stnt-"))
        self._folder.chmod(0o755)
        self.node = Node(self._namespace("node"), self._folder)
        self._doors: list[Bridge] = []

    def close(self) -> None:
        for path in self._folder.glob("networks/dnsmasq/*/dnsmasq.pid"):
            with contextlib.suppress(OSError, ValueError):
                os.kill(int(path.read_text()), 9)
        for each in self._namespaces:
            run_command(("ip", "netns", "delete", each))
        shutil.rmtree(self._folder)

    def guest(self, port: Port, *, bridge: str = "") -> Guest:
        """A guest whose tap is on its bridge. Whether it may speak is the door's affair."""
        guest = Guest(self._namespace(f"g{len(self._namespaces)}"), port, self._folder)
        tap = ("peer", "name", port.tap, "netns", self.node.namespace)
        run_command(("ip", "-n", guest.namespace, "link", "add", "eth0", "address", port.mac, "type", "veth", *tap))
        self.node.run(("ip", "link", "set", port.tap, "master", bridge or port.bridge, "addrgenmode", "none", "up"))
        guest.run("ip", "link", "set", "lo", "up")
        guest.run("ip", "link", "set", "eth0", "addrgenmode", "none", "up")
        return guest

    def outside(self, subnet: str = "10.99.0") -> str:
        """A third namespace behind the node's uplink, at .9; it knows no way back to any guest."""
        name = self._namespace("out")
        peer = ("peer", "name", PLAIN_INTERFACE, "netns", self.node.namespace)
        run_command(("ip", "-n", name, "link", "add", "eth0", "type", "veth", *peer))
        run_command(("ip", "-n", name, "address", "add", f"{subnet}.9/24", "dev", "eth0"))
        run_command(("ip", "-n", name, "link", "set", "eth0", "up"))
        self.node.run(("ip", "address", "add", f"{subnet}.7/24", "dev", PLAIN_INTERFACE))
        self.node.run(("ip", "link", "set", PLAIN_INTERFACE, "up"))
        return name

    def _namespace(self, name: str) -> str:
        full = f"{self._prefix}-{name}"
        run_command(("ip", "netns", "add", full))
        self._namespaces.append(full)
        run_command(("ip", "-n", full, "link", "set", "lo", "up"))
        return full


def packed_mac(mac: str) -> bytes:
    return bytes.fromhex(mac.replace(":", ""))


def arp(operation: int, sender: tuple[str, str], target: tuple[str, str], *, source: str = "", to: str = "") -> bytes:
    """An ARP frame; sender and target are (MAC, address)."""
    head = packed_mac(to or BROADCAST) + packed_mac(source or sender[0]) + b"\x08\x06"
    pairs = b"".join(packed_mac(mac) + socket.inet_aton(address) for mac, address in (sender, target))
    return head + struct.pack("!HHBBH", 1, 0x0800, 6, 4, operation) + pairs


def udp(source: tuple[str, str, int], to: tuple[str, str, int], payload: bytes, *, fragment: int = 0) -> bytes:
    """A UDP packet in a frame; the ends are (MAC, address, port)."""
    datagram = struct.pack("!HHHH", source[2], to[2], 8 + len(payload), 0) + payload
    addresses = socket.inet_aton(source[1]) + socket.inet_aton(to[1])
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(datagram), 7, fragment, 64, 17, 0) + addresses
    total = sum(struct.unpack("!10H", head))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    head = head[:10] + struct.pack("!H", ~total & 0xFFFF) + head[12:]
    return packed_mac(to[0]) + packed_mac(source[0]) + b"\x08\x00" + head + datagram


def tagged(frame: bytes, vlan: int = 7) -> bytes:
    """The frame with an 802.1Q tag."""
    return frame[:12] + struct.pack("!HH", 0x8100, vlan) + frame[12:]


def heard(card: socket.socket, until: bytes) -> list[bytes]:
    """The frames that arrive up to and with the one that contains `until`."""
    frames: list[bytes] = []
    while True:
        frame = card.recv(65536)
        frames.append(frame)
        if until in frame:
            return frames
