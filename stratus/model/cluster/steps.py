"""One thing that is done to a member: a command line, and what it reads. Each may be done again. Pure."""

from collections.abc import Sequence

from stratus.model.argv import Argv
from stratus.model.plan import PlannedStep
from stratus.model.values import dataclass

BEGIN, END = "# stratus run-cluster: begin", "# stratus run-cluster: end"
SHORT_S, LONG_S = 60.0, 900.0
# A file is written beside its place and moved there, under a name that no two members share in a shared folder.
_PUT = 'mkdir -p "${1%/*}" && cat >"$1.$(hostname).$$" && chmod "$2" "$1.$(hostname).$$" && mv "$1.$(hostname).$$" "$1"'
_REST = f"awk '/^{BEGIN}$/ {{ ours = 1 }} !ours; /^{END}$/ {{ ours = 0 }}' \"$1\""
_BLOCK = (
    'new=$1.$(hostname).$$; mkdir -p "${1%/*}" && touch "$1" && cp -p "$1" "$new" && '
    '{ [ "$2" = last ] || cat; ' + _REST + '; [ "$2" = first ] || cat; } >"$new" && mv "$new" "$1"'
)
_USER = 'id "$1" >/dev/null 2>&1 || useradd -m -u "$2" -d "$3" -s "$4" -p "*" "$1"'
# The key comes in; what is in the folder becomes the account's, as its SSH server wants it.
_KEY = (
    'set -e; umask 077; cd "$2"; cat >"id_cluster.$$"; mv "id_cluster.$$" id_cluster; chmod 700 .; '
    'chmod 600 authorized_keys config; chown -R "$(id -u "$1"):$(id -g "$1")" .; '
    "! command -v restorecon >/dev/null || restorecon -R ."
)
_FOLDER = '[ -d "$1" ] || { mkdir -p "$1" && chown "$2" "$1"; }'
_MOUNT = 'grep -q "^$1:$2 $2 nfs" /proc/mounts || mount -t nfs -o vers=4 "$1:$2" "$2"'
_RELOAD = 'sshd -t && kill -HUP "$(cat /run/sshd.pid)"'
_APT = "export DEBIAN_FRONTEND=noninteractive; apt-get -q update && apt-get -q -y install"
_INSTALL = {"apt-get": _APT, "dnf": "dnf -q -y install", "yum": "yum -q -y install", "apk": "apk add -q"}
_SERVICES = "[ ! -e /etc/rc.cluster-services ] || /etc/rc.cluster-services"


@dataclass(frozen=True)
class GuestStep:
    """One command line on a member, run as its administrator."""

    title: str
    argv: Argv
    input: bytes = b""
    timeout_s: float = SHORT_S

    @property
    def what(self) -> str:
        """The title without what a file is to hold."""
        return self.title.partition(": ")[0]

    def planned(self, admin: str) -> PlannedStep:
        """What `--plan` shows."""
        return PlannedStep(self.title, (self.typed(admin),))

    def typed(self, admin: str) -> Argv:
        """The command line as the administrator runs it there."""
        return self.argv if admin == "root" else ("sudo", "-n", *self.argv)


def put(path: str, lines: Sequence[str], mode: str = "644") -> GuestStep:
    """A file of these lines."""
    return GuestStep(_titled(path, lines), _script(_PUT, path, mode), _text(lines))


def block(path: str, lines: Sequence[str], *, first: bool = False) -> GuestStep:
    """These lines within a file that has others: in the place of what an earlier run had there."""
    place = "first" if first else "last"
    return GuestStep(_titled(path, lines), _script(_BLOCK, path, place), _text((BEGIN, *lines, END)))


def install(manager: str, packages: Sequence[str]) -> GuestStep:
    """Bring packages by the guest's own manager."""
    command = f'PATH=$PATH:/usr/sbin:/sbin; {_INSTALL[manager]} "$@"'
    return GuestStep(f"install {', '.join(packages)}", _script(command, *packages), timeout_s=LONG_S)


def account(name: str, number: int, home: str, shell: str) -> GuestStep:
    """An account with this number; no password opens it, and it is not locked."""
    return GuestStep(f"make the account {name}", _script(_USER, name, str(number), home, shell))


def key(account: str, folder: str, private: bytes) -> GuestStep:
    """The cluster's own key in the account's folder of keys."""
    return GuestStep(f"give {account} the cluster's key: {folder}/id_cluster", _script(_KEY, account, folder), private)


def folder(path: str, owner: str) -> GuestStep:
    """A folder, the owner's if it is not there yet."""
    return GuestStep(f"make the folder {path}", _script(_FOLDER, path, owner))


def run(title: str, *argv: str) -> GuestStep:
    """A program of the guest's."""
    return GuestStep(title, argv)


def mount(address: str, path: str) -> GuestStep:
    """The master's folder in the place of the member's own."""
    return GuestStep(f"mount {address}:{path}", _script(_MOUNT, address, path))


def reload_sshd() -> GuestStep:
    """Have the SSH server read its configuration again."""
    return GuestStep("the SSH server reads that", _script(_RELOAD))


def services() -> GuestStep:
    """What the image has for its master to do."""
    return GuestStep("run /etc/rc.cluster-services if it is there", _script(_SERVICES), timeout_s=LONG_S)


def _script(text: str, *words: str) -> Argv:
    return ("sh", "-c", text, "stratus", *words)


def _titled(path: str, lines: Sequence[str]) -> str:
    return f"{path}: {'; '.join(lines)}"


def _text(lines: Sequence[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()
