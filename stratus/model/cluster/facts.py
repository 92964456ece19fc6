"""What one member is like before it is made part of a cluster: a script that asks, and its answer as a value."""

from collections.abc import Mapping

from stratus.errors import CommandFailed
from stratus.model.values import dataclass

MANAGERS = ("apt-get", "dnf", "yum", "apk")
TOOLS = ("exportfs", "rpc.nfsd", "mount.nfs", "useradd", "ssh", "sshd")
_END = "end"
# Debian and others keep some of these programs where only an administrator's PATH leads.
SCRIPT = f"""
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
for name in {" ".join((*MANAGERS, *TOOLS, "bash", "rc-service"))}; do
    ! command -v "$name" >/dev/null || echo "has $name"
done
[ ! -d /run/systemd/system ] || echo "has systemd"
for file in /etc/init.d/nfs-kernel-server /etc/init.d/nfs; do [ ! -x "$file" ] || echo "service $file"; done
cut -d: -f1,3,6 /etc/passwd | sed 's/^/account /'
cat /etc/ssh/ssh_host_*_key.pub 2>/dev/null | cut -d' ' -f1,2 | sed 's/^/key /'
dropbearkey -y -f /etc/dropbear/host_key 2>/dev/null | grep '^ssh-' | cut -d' ' -f1,2 | sed 's/^/key /'
echo {_END}
"""


@dataclass(frozen=True)
class Facts:
    """A member's system."""

    has: frozenset[str]  # programs, and systemd where that is the first process
    accounts: Mapping[str, tuple[int, str]]  # name -> number and home
    keys: tuple[str, ...]  # its SSH host keys: type and base64
    nfs_service: str = ""  # the script that starts the NFS server, where there is no service manager

    @property
    def manager(self) -> str:
        """The package manager, or ""."""
        return next((name for name in MANAGERS if name in self.has), "")


# What a plan takes a member to be that nobody has seen: a Debian with all that is needed but the packages.
ASSUMED = Facts(
    has=frozenset({"apt-get", "bash", "mount.nfs", "exportfs", "rpc.nfsd", "ssh", "sshd", "systemd", "useradd"}),
    accounts={"root": (0, "/root")},
    keys=("ssh-ed25519 HOST-KEY",),
)


def parse(name: str, text: str) -> Facts:
    """The answer of the script on the member `name`. Raises CommandFailed when it is not whole."""
    lines = text.splitlines()
    if lines[-1:] != [_END]:
        raise CommandFailed(f"{name} does not say what it is like")
    words = [line.split(" ", 1) for line in lines[:-1]]
    said = [(kind, rest[0]) for kind, *rest in words if rest]
    return Facts(
        has=frozenset(text for kind, text in said if kind == "has"),
        accounts=dict(_account(text) for kind, text in said if kind == "account" and text.count(":") == 2),
        keys=tuple(dict.fromkeys(text for kind, text in said if kind == "key" and _is_key(text))),
        nfs_service=next((text for kind, text in said if kind == "service"), ""),
    )


def _account(text: str) -> tuple[str, tuple[int, str]]:
    name, number, home = text.split(":")
    return name, (int(number) if number.isascii() and number.isdigit() and len(number) <= 10 else -1, home)


def _is_key(text: str) -> bool:
    words = text.split(" ")
    return len(words) == 2 and all(word.isascii() and word.isprintable() and "," not in word for word in words)
