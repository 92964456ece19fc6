"""The options that several of StratusLab's commands share: those that work, and those that are accepted with a note."""

import ipaddress

import click

from stratus.commands.stratuslab.command import Noted
from stratus.errors import UsageError

_BY_KEY = "has no effect: a gate knows its users by their SSH keys (stratus login)"
_BY_SECTION = "has no effect: a section of the configuration has it (stratus login), and -S chooses one"
_VOLUMES = "has no effect: there are no persistent disks yet"
_PAT = "has no effect: addresses are not translated; see `stratus describe` for the address"
_SAVE = "has no effect without --save, which has none"

CREDENTIALS: tuple[click.Option, ...] = (
    Noted("-u", "--username", metavar="NAME", note=_BY_KEY),
    Noted("-p", "--password", metavar="PASSWORD", note=_BY_KEY),
    Noted("--pem-cert", metavar="FILE", note=_BY_KEY),
    Noted("--pem-key", metavar="FILE", note=_BY_KEY),
    Noted("--endpoint", metavar="HOST", note=_BY_SECTION),
)
MARKETPLACE: tuple[click.Option, ...] = (
    Noted(
        "--marketplace-endpoint", metavar="URL", note="has no effect yet: bring images in with `stratus image import`"
    ),
)
PDISK: tuple[click.Option, ...] = (
    Noted("--pdisk-endpoint", metavar="HOST", note=_VOLUMES),
    Noted("--pdisk-username", metavar="NAME", note=_VOLUMES),
    Noted("--pdisk-password", metavar="PASSWORD", note=_VOLUMES),
)
PAT: tuple[click.Option, ...] = (
    Noted("--pat-enable", note=_PAT),
    Noted("--pat-service-host", metavar="HOST", note=_PAT),
    Noted("--pat-gateway-host", metavar="HOST", note=_PAT),
)
SAVE: tuple[click.Option, ...] = (
    Noted("--save", note="has no effect yet: the disk ends with the machine; copy what you need before"),
    Noted("--author-email", metavar="EMAIL", note=_SAVE),
    Noted("--author", metavar="NAME", note=_SAVE),
    Noted("--image-version", metavar="VERSION", note=_SAVE),
    Noted("--title", metavar="TEXT", note=_SAVE),
    Noted("--comment", metavar="TEXT", note=_SAVE),
    Noted("--marketplace-endpoint-newimage", metavar="URL", note=_SAVE),
)
DISKS: tuple[click.Option, ...] = (
    Noted("--persistent-disk", metavar="UUID", note=f"{_VOLUMES}; the machine starts without it"),
    Noted(
        "--readonly-disk", metavar="ID", note="has no effect: there are no data images yet; the machine starts without"
    ),
    Noted("--qcow-disk-format", note="has no effect: the format is read from the image itself"),
    Noted("--no-check-image-url", note="has no effect: an image is checked when it is brought in"),
    Noted("--notify", metavar="RECIPIENT", many=True, note="is replaced by `stratus wait` and `stratus log`"),
)


def _listener(_: click.Context, __: click.Parameter, value: str) -> str:
    try:
        ipaddress.ip_address(value)
    except ValueError as error:
        raise UsageError("VNC listen IP is not valid", hint="--vnc-listen 127.0.0.1") from error
    return value


# What Runnable declares: run-instance heeds it, hash-password only knows it.
MACHINE: tuple[click.Option, ...] = (
    click.Option(
        ["-k", "--key"],
        metavar="FILE",
        help="A file of public keys; STRATUSLAB_KEY or one of ~/.ssh/id_*.pub unless told.",
    ),
    click.Option(["-t", "--type", "machine_type"], default="", metavar="TYPE", help="The machine type; see -l."),
    click.Option(["-l", "--list-types"], is_flag=True, help="Print the machine types and leave."),
    click.Option(["--list-type", "list_type"], is_flag=True, help="The same, as it once was called."),
    click.Option(["--cpu"], type=click.IntRange(1, 512), metavar="N", help="CPUs, instead of the type's."),
    click.Option(["--ram"], type=click.IntRange(1), metavar="MB", help="RAM, instead of the type's."),
    click.Option(["--swap"], type=click.IntRange(0), metavar="MB", help="Swap, instead of the type's."),
    click.Option(
        ["--context-file"], metavar="FILE", default="", help="What the machine is told: one KEY=value a line."
    ),
    click.Option(["--context"], metavar="CONTEXT", default="", help="The same: KEY=value, several with # between."),
    click.Option(
        ["--context-method"], type=click.Choice(["one", "cloud-init"]), help="How it is told; one unless told."
    ),
    click.Option(["--cloud-init"], metavar="PAIRS", default="", help="User data: MIME,FILE pairs with # between."),
    click.Option(["--vnc-port"], type=click.IntRange(5900, 65535), metavar="PORT", help="The port of its VNC screen."),
    click.Option(
        ["--vnc-listen"], default="127.0.0.1", callback=_listener, metavar="IP", help="Where its VNC screen listens."
    ),
    click.Option(["--keymap"], default="en-us", metavar="LANGUAGE", help="The keyboard of its VNC screen."),
    click.Option(["--use-host-cpu"], is_flag=True, help="Give it the node's own CPU model, where KVM runs."),
    click.Option(
        ["--vm-requirements", "requirements"],
        default="",
        metavar="EXPRESSION",
        help="Only on nodes like this: 'CLUSTER = \"test\" & CPUS > 4'.",
    ),
    Noted(
        "--vm-network-model", metavar="MODEL", agrees=("virtio",), note="has no effect: network cards are always virtio"
    ),
    Noted("--vm-template-file", metavar="FILE", note="is replaced by `stratus run --plan`, which shows what is made"),
    Noted("--vm-cpu-amount", metavar="CPU", note="is replaced by --cpu and the site's key cpu_ratio"),
    Noted("--vm-disks-bus", metavar="BUS", agrees=("virtio",), note="has no effect: disks are always virtio"),
)
