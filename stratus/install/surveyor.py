"""Surveying: what the checks want to know, gathered in well under a second. Changes nothing."""

import ctypes
import fcntl
import importlib.util
import os
import re
import socket
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import which

from stratus.install import machine, parsers
from stratus.install.facts import KVM_DEVICE, Wish
from stratus.install.gather import said, sleeping_networks, text_of
from stratus.install.survey import TUN_DEVICE, Place, Survey
from stratus.model.links import Link, read_links

_NAME_S = 0.5  # resolving a name may wait for a server that does not answer
_KVM_GET_API_VERSION, _KVM_API_VERSION = 0xAE00, 12
_TIME_ERROR = 5
_CLOCK_KEEPERS = ("chronyd", "systemd-timesyncd", "ntpd", "ntpd-rs", "openntpd")
_IPTABLES = ("iptables", "iptables-legacy")
_MODULES = (
    *("click", "configobj", "dirq", "lxml", "paramiko", "passlib"),
    *("pexpect", "pycdlib", "requests", "rich", "yaml"),
)
_SENT_ALONG = ("configobj", "dirq", "pycdlib")  # with the program; the others that a node needs come with the packages
_FEATURES = ("bridge", "nf_tables", "tun", "vhost_net")


def survey(wish: Wish) -> Survey:
    """What this machine is like now. What only root may see is missing from it for others."""
    with ThreadPoolExecutor() as pool:
        names = pool.submit(_names)
        ruleset = pool.submit(said, "nft", "-j", "list", "ruleset")
        cards = _cards()
        missing_features = tuple(feature for feature in _FEATURES if not _kernel_has(feature))
        addresses, back = names.result()
    cpu = text_of("/proc/cpuinfo")
    return Survey(
        cpu_flags=tuple(flag for flag in ("vmx", "svm") if re.search(rf"^flags\s.*\b{flag}\b", cpu, re.MULTILINE)),
        kvm=_kvm(),
        cpus=os.cpu_count() or 1,
        memory_mib=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20,
        state=_place(wish.state_dir),
        temporary=_place("/tmp"),
        now_s=time.time(),
        synchronised=_clock_state() != _TIME_ERROR,
        clock_keepers=_running(_CLOCK_KEEPERS),
        host_name=socket.gethostname(),
        host_addresses=addresses,
        host_names=back,
        programs=("sshd",) if Path("/usr/sbin/sshd").exists() else (),
        cards=cards,
        routes=parsers.routes(said("ip", "-j", "-4", "route", "show", "table", "all")),
        sleeping=sleeping_networks(),
        ruleset=ruleset.result(),
        iptables=_iptables(nft_is_there=bool(ruleset.result())),
        guests=_guests(),
        missing_modules=_missing_modules(wish),
        missing_features=missing_features,
        security=_security(),
    )


def _cards() -> tuple[Link, ...]:
    return read_links(said("ip", "-json", "-details", "address", "show") or "[]")


def _names() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The addresses of the machine's name, and the names of the first of them."""
    rows = said("getent", "ahosts", socket.gethostname(), timeout_s=_NAME_S).splitlines()
    addresses = tuple(dict.fromkeys(row.split()[0].partition("%")[0] for row in rows if row.split()))
    back = said("getent", "hosts", addresses[0], timeout_s=_NAME_S).split()[1:] if addresses else []
    return addresses, tuple(back)


def _kvm() -> str:
    """A device that answers the first question may still not run a guest, which takes seconds to find out."""
    try:
        device = os.open(KVM_DEVICE, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return "missing"
    except OSError:
        return "silent"
    try:
        return "works" if fcntl.ioctl(device, _KVM_GET_API_VERSION) == _KVM_API_VERSION else "silent"
    except OSError:
        return "silent"
    finally:
        os.close(device)


def _place(path: str) -> Place:
    """The file system of the path, or of the nearest folder above that is there."""
    there = next(folder for folder in (Path(path), *Path(path).parents) if folder.exists())
    room = os.statvfs(there)
    _, kind, options = parsers.mount_of(text_of("/proc/self/mounts"), os.path.realpath(there))
    free_mib = room.f_bavail * room.f_frsize >> 20
    return Place(path, kind, options, free_mib, room.f_favail if room.f_files else None)


def _clock_state() -> int:
    """adjtimex(2) without changing anything; TIME_ERROR where the clock is not synchronised."""
    return int(ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512)))


def _running(names: Sequence[str]) -> tuple[str, ...]:
    commands = {text_of(str(path / "comm")).strip() for path in Path("/proc").iterdir() if path.name.isdigit()}
    return tuple(name for name in names if name[:15] in commands)


def _iptables(*, nft_is_there: bool) -> dict[str, str]:
    """nft lists what iptables wrote, unless that is the old one."""
    listings = {}
    for program in _IPTABLES:
        old = program.endswith("legacy") or "legacy" in os.path.realpath(which(program) or "")
        if which(program) and (text_of("/proc/net/ip_tables_names") if old else not nft_is_there):
            listings[program] = said(program, "-S")
    return listings


def _guests() -> tuple[str, ...]:
    """Those that libvirt keeps, and those that run without being kept."""
    found = (*Path("/etc/libvirt/qemu").glob("*.xml"), *Path("/run/libvirt/qemu").glob("*.xml"))
    return tuple(sorted({path.stem for path in found}))


def _missing_modules(wish: Wish) -> tuple[str, ...]:
    needed = _SENT_ALONG if wish.release else (*_MODULES, *(("libvirt",) if wish.node else ()))
    return tuple(name for name in needed if importlib.util.find_spec(name) is None)


def _kernel_has(feature: str) -> bool:
    """Loaded, built in, or to be loaded; where none of that can be seen, it is tried in a network of its own."""
    folder = Path("/lib/modules") / os.uname().release
    if Path("/sys/module", feature).is_dir() or (feature == "tun" and Path(TUN_DEVICE).exists()):
        return True
    lists = text_of(str(folder / "modules.builtin")) + text_of(str(folder / "modules.dep"))
    if re.search(rf"/{feature}\.ko", lists.replace("-", "_")):
        return True
    trial = {"bridge": ("ip", "link", "add", "type", "bridge"), "nf_tables": ("nft", "add", "table", "inet", "trial")}
    if feature not in trial or os.geteuid() != 0 or not which(trial[feature][0]):
        return feature != "vhost_net"  # it cannot be told yet
    return machine.succeeds(("unshare", "--net", "--", *trial[feature]))


def _security() -> str:
    if text_of("/sys/fs/selinux/enforce").strip() == "1":
        return "selinux"
    return "apparmor" if text_of("/sys/module/apparmor/parameters/enabled").strip() == "Y" else ""
