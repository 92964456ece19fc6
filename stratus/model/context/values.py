"""The values of contextualisation: what was asked for, whom it is for, and the disk that comes of it."""

import re

from stratus.errors import BadInput
from stratus.model.values import dataclass

ONE = "one"  # the HEPiX/OpenNebula CD-ROM: context.sh and its scripts
CLOUD_INIT = "cloud-init"  # NoCloud
METHODS = (ONE, CLOUD_INIT)

LITERAL = "none"  # the kind of a part that is the whole user data, as it stands
MAX_USER_DATA_BYTES = 1024 * 1024
MAX_VARIABLES_BYTES = 256 * 1024

_KIND = re.compile(r"[a-z0-9][a-z0-9.+-]{0,63}")
_LABEL = re.compile(r"[A-Za-z0-9_-]{1,16}")  # Joliet leaves room for sixteen characters


@dataclass(frozen=True)
class UserDataPart:
    """One part of cloud-init's user data: its kind (`x-shellscript` is sent as text/x-shellscript, `none` is the whole
    user data, literally), the name of the file that it came from, and its content."""

    kind: str
    name: str
    content: bytes

    def __post_init__(self) -> None:
        """Raises BadInput for a kind that no MIME type can carry."""
        if not _KIND.fullmatch(self.kind):
            raise BadInput(
                f"{self.kind!r} is not a kind of user data", hint="such as x-shellscript, cloud-config, plain or none"
            )


@dataclass(frozen=True)
class ContextRequest:
    """What a user wants an instance to be told. `variables` are StratusLab's free key=value pairs."""

    method: str = ONE
    public_keys: tuple[str, ...] = ()
    variables: tuple[tuple[str, str], ...] = ()
    user_data: tuple[UserDataPart, ...] = ()

    def __post_init__(self) -> None:
        """Raises BadInput for an unknown method, too much data, or literal user data that is not alone.

        StratusLab allowed 16384 encoded bytes of user data, since it went through OpenNebula's template. A disk has no
        such limit; ours only keeps the orders and the ledger, through which the data goes, at a sane size."""
        if self.method not in METHODS:
            raise BadInput(f"unknown contextualization method {self.method!r}", hint=f"one of: {', '.join(METHODS)}")
        if len(self.user_data) > 1 and any(part.kind == LITERAL for part in self.user_data):
            raise BadInput("a part of kind 'none' is the whole user data: no other part can stand beside it")
        _check_size("user data", sum(len(part.content) for part in self.user_data), MAX_USER_DATA_BYTES)
        variables = sum(len(key) + len(value.encode(errors="replace")) for key, value in self.variables)
        _check_size("context variables", variables, MAX_VARIABLES_BYTES)


def _check_size(what: str, size: int, limit: int) -> None:
    if size > limit:
        raise BadInput(f"{size} bytes of {what}: at most {limit} are possible", hint="let the guest fetch the rest")


@dataclass(frozen=True)
class ContextNic:
    """One network card as the guest may know it; an empty field is not told."""

    mac: str
    address: str = ""
    netmask: str = ""
    gateway: str = ""
    dns: tuple[str, ...] = ()
    domain: str = ""
    static: bool = False  # nobody answers DHCP there: cloud-init is told the address


@dataclass(frozen=True)
class ContextInstance:
    """The instance that is told. A new uuid or generation makes cloud-init do its first-boot work again."""

    id: int
    hostname: str
    uuid: str
    nics: tuple[ContextNic, ...] = ()
    generation: int = 1


@dataclass(frozen=True)
class ContextDisk:
    """A small read-only disk: its volume label and its files by name, all in its root folder."""

    label: str
    files: tuple[tuple[str, bytes], ...]

    def __post_init__(self) -> None:
        """Raises BadInput for a label or a file name that an ISO 9660 image cannot carry."""
        if not _LABEL.fullmatch(self.label):
            raise BadInput(f"{self.label!r} is not a volume label: up to 16 letters, digits, '-' and '_'")
        names = [name for name, _ in self.files]
        for name in names:
            if name in ("", ".", "..") or "/" in name or "\0" in name or len(name.encode(errors="replace")) > 240:
                raise BadInput(f"{name!r} is not a name for a file on a context disk")
        if len(set(names)) != len(names):
            raise BadInput("two files of a context disk have the same name")

    def file(self, name: str) -> bytes:
        """The content of one file. Raises KeyError if it is not there."""
        return dict(self.files)[name]
