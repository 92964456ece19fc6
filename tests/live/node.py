"""What this machine, the node, has of an instance, seen without stratus: libvirt, nftables, files."""

import re
import subprocess
from pathlib import Path

from lxml import etree

from tests.live.lab import Guest

STATE = Path("/var/lib/stratus")
NETWORKS = STATE / "node" / "networks"


def run(*argv: str, status: int | None = 0) -> str:
    """The output of a program."""
    done = subprocess.run(argv, capture_output=True, timeout=40, check=False, stdin=subprocess.DEVNULL)
    assert status is None or done.returncode == status, f"{argv}: {done.returncode}\n{done.stdout!r}\n{done.stderr!r}"
    return done.stdout.decode()


def virsh(*words: str, status: int | None = 0) -> str:
    """The output of virsh."""
    return run("virsh", "-c", "qemu:///system", *words, status=status)


def domain_xml(guest: Guest) -> "etree._Element":
    """The domain as libvirt runs it."""
    return etree.fromstring(virsh("dumpxml", guest.domain).encode())


def qemu_pid(guest: Guest) -> int:
    """The process that is this instance and no other."""
    pid = int(Path(f"/run/libvirt/qemu/{guest.domain}.pid").read_text())
    assert f"guest={guest.domain}," in Path(f"/proc/{pid}/cmdline").read_bytes().decode()
    return pid


def leftovers(guest: Guest) -> list[str]:
    """What the node still has of an instance."""
    tap = f"st{guest.id}n0"
    found = [f"domain {guest.domain}"] if guest.domain in virsh("list", "--all", "--name").split() else []
    found += [str(guest.folder)] if guest.folder.exists() else []
    found += [str(path) for path in NETWORKS.rglob(f"{tap}*")]
    found += [str(path) for path in (NETWORKS / "ports").glob("*") if path.name.startswith(f"{tap}@")]
    found += [f"nft: {line.strip()}" for line in run("nft", "list", "ruleset").splitlines() if f'"{tap}"' in line]
    found += [f"link {tap}"] if Path(f"/sys/class/net/{tap}").exists() else []
    return found


def normal(text: str, guest_id: int, address: str, mac: str) -> str:
    """Text of a plan or a log without what is different for each instance."""
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UUID", text)
    for found, name in ((mac, "MAC"), (mac.replace(":", ""), "MAC"), (address, "ADDRESS")):
        text = re.sub(re.escape(found) + r"(?![0-9])", name, text)
    return re.sub(rf"(instances/|\bone-|\bst){guest_id}(?=\b|n0)", r"\1ID", text)
