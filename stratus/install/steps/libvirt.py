"""libvirt: its own daemon answers; the distribution's settings are right as they stand."""

from stratus.install.deeds import Deed, Launch, Run
from stratus.install.facts import LIBVIRT_SOCKET, VIRTLOGD_SOCKET, VIRTQEMUD_SOCKET, Facts, Wish
from stratus.install.steps.packages import is_fedoras

# virtlogd first: the stock configuration hands the guests' consoles to it, and it rotates their logs.
_VIRTLOGD = ("virtlogd", VIRTLOGD_SOCKET, "/run/virtlogd.pid", "virtlogd.socket")
_LIBVIRTD = ("libvirtd", LIBVIRT_SOCKET, "/run/libvirtd.pid", "libvirtd.socket")
# Since Fedora 35 and Enterprise Linux 9 the packages bring a daemon per driver, and no libvirtd.
_VIRTQEMUD = ("virtqemud", VIRTQEMUD_SOCKET, "/run/virtqemud.pid", "virtqemud.socket")


def plan(facts: Facts, wish: Wish) -> tuple[Deed, ...]:
    """Start what does not answer."""
    if not wish.node:
        return ()
    daemons = (_VIRTLOGD, _VIRTQEMUD if is_fedoras(facts) else _LIBVIRTD)
    silent = [daemon for daemon in daemons if daemon[1] not in facts.answers]
    if facts.systemd:
        units = tuple(unit for _, _, _, unit in silent)
        return (Run(("systemctl", "enable", "--now", *units)),) if units else ()
    return tuple(
        Launch(name, (f"/usr/sbin/{name}", "--daemon"), pid_file=pid_file, forks=True)
        for name, _, pid_file, _ in silent
    )
