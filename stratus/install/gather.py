"""Gathering the facts: a few quick programs and files, read by pure parsers."""

import contextlib
import os
import platform
import pwd
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from shutil import which

import stratus
from stratus.errors import CommandFailed, DeadlineExceeded
from stratus.install import machine, parsers
from stratus.install.bridging import LASTING_FOLDER, networkd_names, stanza_file
from stratus.install.cards import Card, cards_of, name_lines
from stratus.install.facts import (
    GATE_PID_FILE,
    GATE_UNIT,
    KVM_DEVICE,
    LIBVIRT_SOCKET,
    SSHD_PID_FILE,
    SSHD_UNIT,
    VIRTLOGD_SOCKET,
    VIRTQEMUD_SOCKET,
    DaemonFact,
    Facts,
    FileFact,
    Wish,
)
from stratus.install.revert import Marks
from stratus.model.paths import DISPATCHER_PID_FILE, DISPATCHER_UNIT, PROGRAM_DIR, RUN_DIR

_PROBE_S = 10.0
_SOCKETS = (VIRTLOGD_SOCKET, LIBVIRT_SOCKET, VIRTQEMUD_SOCKET)
_TEXTS_LEFT_ALONE = ("id_ed25519", "ssh_host_ed25519_key")  # private keys never become part of a plan


def gather(wish: Wish, *, enrolled: Callable[[], bool]) -> Facts:
    """What is true of this machine now. Changes nothing; takes some 100 ms."""
    release = parsers.os_release(text_of("/etc/os-release"))
    systemd = Path("/run/systemd/system").is_dir()
    return Facts(
        distribution=release.get("ID", ""),
        like=tuple(release.get("ID_LIKE", "").split()),
        architecture=platform.machine(),
        installed=_installed(),
        package_lists=_package_lists(),
        systemd=systemd,
        active_units=_active_units() if systemd else (),
        networks=_networks(wish),
        ports=parsers.listening_ports(text_of("/proc/net/tcp") + text_of("/proc/net/tcp6")),
        files=_files(wish),
        daemons=_daemons(systemd),
        answers=tuple(path for path in _SOCKETS if machine.answers(path)),
        accounts=_accounts(wish),
        root_locked=_root_locked(),
        enrolled=enrolled(),
        cards={card.name: card for card in _cards()} if wish.bridge_interface else {},
        network_manager=_network_manager(wish) if wish.bridge_interface else "",
        change=_change(),
        code_changed_s=machine.newest_change_s(Path(stratus.__file__).parent),
    )


def installed_now() -> tuple[str, ...]:
    """The names of all installed packages."""
    return _installed()


def _installed() -> tuple[str, ...]:
    if Path("/var/lib/dpkg/status").exists():
        argv = ("dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n")
    else:
        argv = ("rpm", "-qa", "--queryformat", "%{NAME}\n")
    return parsers.installed_packages(said(*argv))


def _package_lists() -> bool:
    lists = Path("/var/lib/apt/lists")
    return not lists.is_dir() or any(path.name.find("_Packages") > 0 for path in lists.iterdir())


def _active_units() -> tuple[str, ...]:
    units = (SSHD_UNIT, DISPATCHER_UNIT, GATE_UNIT)
    return tuple(unit for unit in units if said("systemctl", "is-active", unit).strip() == "active")


def _networks(wish: Wish) -> tuple[str, ...]:
    """What is taken; without iproute2, which the packages step brings, nothing is known yet."""
    routes = said("ip", "-j", "-4", "route", "show", "table", "all")
    addresses = said("ip", "-j", "-4", "address")
    taken = parsers.networks(routes, addresses, but=wish.bridges)
    return tuple(dict.fromkeys((*taken, *sleeping_networks().values())))


def sleeping_networks() -> dict[str, str]:
    """Networks that others will make when they are started: libvirt's own, and Docker's first."""
    found = {}
    for path in Path("/etc/libvirt/qemu/networks").glob("*.xml"):
        if net := parsers.libvirt_network(text_of(str(path))):
            found[f"libvirt's network {path.stem}"] = net
    if which("dockerd") and not Path("/sys/class/net/docker0").exists():
        found["Docker"] = parsers.docker_network(text_of("/etc/docker/daemon.json"))
    return found


def _files(wish: Wish) -> dict[str, FileFact]:
    found = {}
    for path in _paths(wish):
        fact = machine.file_fact(path, with_text=os.path.basename(path) not in _TEXTS_LEFT_ALONE)
        if fact:
            found[path] = fact
    return found


def _paths(wish: Wish) -> tuple[str, ...]:
    paths = wish.node_paths
    return (
        KVM_DEVICE,
        *(wish.config_dir, wish.config_file, f"{wish.config_file}.ref", wish.sshd_dir, wish.sshd_config),
        *(wish.gate_dir, f"{wish.gate_dir}/home", wish.gate_config, wish.gate_launcher),
        *(wish.gate_host_key, f"{wish.gate_host_key}.pub", f"/etc/systemd/system/{GATE_UNIT}"),
        *(f"{wish.sshd_dir}/authorized_keys", wish.host_key, f"{wish.host_key}.pub"),
        *(wish.state_dir, wish.front_end.folder, paths.images, paths.instances, paths.agent),
        *(str(path) for path in ifupdown_files()),
        *(f"{LASTING_FOLDER}/{name}" for name in networkd_names(wish.bridge_interface, wish.bridge)),
        wish.bridge_record,
        *(wish.front_end.private_key, f"{wish.front_end.private_key}.pub", wish.front_end.known_hosts),
        *((os.path.dirname(wish.keys_file), wish.keys_file) if wish.keys_file else ()),
        *((PROGRAM_DIR, f"{PROGRAM_DIR}/current", f"{PROGRAM_DIR}/{wish.release}") if wish.release else ()),
        *(RUN_DIR, "/run/sshd", f"/etc/systemd/system/{SSHD_UNIT}", f"/etc/systemd/system/{DISPATCHER_UNIT}"),
    )


def _cards() -> list[Card]:
    """The interfaces; of the one that networkd sets up also what its files say of name servers."""
    found = cards_of(
        said("ip", "-json", "-details", "address", "show"),
        said("ip", "-json", "-4", "route", "show", "table", "all"),
        said("ip", "-json", "-6", "route", "show", "table", "all"),
        tuple(path.parent.name for path in Path("/sys/class/net").glob("*/wireless")),
    )
    return [replace(card, names=in_force(card.name)) for card in found]


def in_force(interface: str, run: str = "/run/systemd/netif/links") -> tuple[str, ...]:
    """What networkd's file for the interface says of name servers, with what lies beside it in its .d folder."""
    number = text_of(f"/sys/class/net/{interface}/ifindex").strip()
    state = text_of(f"{run}/{number}") if number else ""
    chosen = next((line.partition("=")[2] for line in state.splitlines() if line.startswith("NETWORK_FILE=")), "")
    if not chosen:
        return ()
    folders = ("/usr/lib/systemd/network", "/run/systemd/network", LASTING_FOLDER)
    beside = [path for folder in folders for path in Path(folder, f"{Path(chosen).name}.d").glob("*.conf")]
    return name_lines(text_of(chosen), *(text_of(str(path)) for path in sorted(beside, key=lambda path: path.name)))


def _network_manager(wish: Wish) -> str:
    """Who sets the interface up at boot. The first that knows it: the others leave it alone then."""
    stanzas = {str(path): text_of(str(path)) for path in ifupdown_files()}
    if stanza_file(wish.bridge_interface, stanzas) or stanza_file(wish.bridge, stanzas):
        return "ifupdown"
    if any(Path("/etc/netplan").glob("*.yaml")):
        return "netplan"
    for unit, name in (("NetworkManager", "NetworkManager"), ("systemd-networkd", "networkd")):
        if said("systemctl", "is-active", unit).strip() == "active":
            return name
    return ""


def ifupdown_files() -> tuple[Path, ...]:
    """The files of ifupdown, as far as they are there."""
    return (Path("/etc/network/interfaces"), *sorted(Path("/etc/network/interfaces.d").glob("*")))


def _change() -> str:
    marks = Marks()
    if not marks.waiting.exists():
        return ""
    number = text_of(str(marks.waiting)).strip()
    return "waiting" if number.isdigit() and machine.process_fact(int(number)) else "abandoned"


def _daemons(systemd: bool) -> dict[str, DaemonFact]:
    if systemd:
        units = {"sshd": SSHD_UNIT, "dispatcher": DISPATCHER_UNIT, "gate": GATE_UNIT}
        named = {name: _of_unit(unit) for name, unit in units.items()}
    else:
        pid_files = {"sshd": SSHD_PID_FILE, "dispatcher": DISPATCHER_PID_FILE, "gate": GATE_PID_FILE}
        named = {name: machine.daemon_fact(path) for name, path in pid_files.items()}
    return {name: fact for name, fact in named.items() if fact}


def _of_unit(unit: str) -> DaemonFact | None:
    number = said("systemctl", "show", "-p", "MainPID", "--value", unit).strip()
    return machine.process_fact(int(number)) if number.isdigit() else None


def _accounts(wish: Wish) -> dict[str, tuple[int, int]]:
    found = {}
    for name in {wish.admin, wish.gate_account}:
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            found[name] = (entry.pw_uid, entry.pw_gid)
    return found


def _root_locked() -> bool:
    fields = said("getent", "shadow", "root").split(":")
    return len(fields) > 1 and fields[1].startswith("!")


def said(*argv: str, timeout_s: float = _PROBE_S) -> str:
    """What the program printed; nothing if it is not there or fails, which for a fact is an answer too."""
    with contextlib.suppress(CommandFailed, DeadlineExceeded):
        return machine.run(argv, timeout_s=timeout_s)
    return ""


def text_of(path: str) -> str:
    """The text of a file; nothing where it cannot be read."""
    try:
        return Path(path).read_text("utf-8", "replace")
    except OSError:
        return ""
