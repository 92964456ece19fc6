"""Users and groups: who may come in, with which keys, in which role, and how much they may hold. Pure."""

import base64
import binascii
import hashlib
import re
from dataclasses import field

from stratus.errors import BadInput
from stratus.model.context.pubkeys import parse_public_keys
from stratus.model.quota import Quota
from stratus.model.role import Role
from stratus.model.values import dataclass

NAME = re.compile(r"[a-z_][a-z0-9_.-]{0,31}")
# What OpenSSH's server takes without being told to; no certificates, whose signers would have to be known too.
KINDS = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
    "ssh-rsa",
)
LEAST_RSA_BITS = 2048
MOST_KEYS = 50
_COMMENT_LENGTH = 100


@dataclass(frozen=True)
class Key:
    """A public key with which a user comes in."""

    fingerprint: str  # as ssh-keygen -l prints it: SHA256:...
    kind: str
    blob: str  # base64, as in the file
    comment: str = ""
    added_s: float = 0.0

    @property
    def line(self) -> str:
        """The key as it stands in authorized_keys, without its comment."""
        return f"{self.kind} {self.blob}"


@dataclass(frozen=True)
class User:
    """Somebody who may come in from elsewhere. Whoever opens the ledger's file is an administrator without it."""

    name: str
    role: Role = Role.USER
    groups: tuple[str, ...] = ()
    keys: tuple[Key, ...] = ()
    quota: Quota = field(default_factory=Quota)
    enabled: bool = True
    created_s: float = 0.0
    why_disabled: str = ""


@dataclass(frozen=True)
class Group:
    """Users who share a quota besides their own."""

    name: str
    quota: Quota = field(default_factory=Quota)
    created_s: float = 0.0


def checked_name(name: str, what: str = "user") -> str:
    """The name. Raises BadInput for what cannot be that of a user or a group."""
    if not NAME.fullmatch(name):
        raise BadInput(
            f"{name!r} cannot be a {what}'s name",
            hint="small letters, digits and . _ -, at most 32, beginning with a letter",
        )
    return name


def keys_of(text: str, *, added_s: float, source: str = "the public key") -> tuple[Key, ...]:
    """The keys in an OpenSSH public key file. Raises BadInput for options, certificates, weak and damaged keys."""
    return tuple(_key(line, added_s, source) for line in parse_public_keys(text, source=source))


def fingerprint_of(blob: str) -> str:
    """The fingerprint of a key's base64 text. Raises BadInput."""
    try:
        data = base64.b64decode(blob, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadInput("the key is damaged: its base64 text is wrong") from error
    return "SHA256:" + base64.b64encode(hashlib.sha256(data).digest()).decode("ascii").rstrip("=")


def _key(line: str, added_s: float, source: str) -> Key:
    fields = line.split(maxsplit=2)
    kind, blob, comment = (*fields, "")[:3]
    if kind not in KINDS:
        what = "has options, or is of a kind" if not blob.startswith("AAAA") else f"is of the kind {kind},"
        raise BadInput(f"a key in {source} {what} that nobody comes in with", hint="make one: ssh-keygen -t ed25519")
    if kind == "ssh-rsa" and (bits := _rsa_bits(blob)) < LEAST_RSA_BITS:
        raise BadInput(f"an RSA key of {bits} bits in {source} is too weak", hint="make one: ssh-keygen -t ed25519")
    shown = "".join(character if character.isprintable() else "?" for character in comment)[:_COMMENT_LENGTH]
    return Key(fingerprint_of(blob), kind, blob, shown, added_s)


def _rsa_bits(blob: str) -> int:
    """The length of the modulus: the third field, behind the type and the exponent (RFC 4253, 6.6)."""
    data, fields = base64.b64decode(blob), []
    while data:
        length = int.from_bytes(data[:4], "big")
        fields.append(data[4 : 4 + length])
        data = data[4 + length :]
    return int.from_bytes(fields[2], "big").bit_length() if len(fields) > 2 else 0
