"""SSH public keys as users hand them over: checked line by line, so that a wrong file is noticed before the boot."""

import base64
import binascii
import itertools
import re

from stratus.errors import BadInput

_PRIVATE = ("PRIVATE KEY-----", "PuTTY-User-Key-File-", "SSH PRIVATE KEY FILE FORMAT")
_OTHER_FORMATS = ("---- BEGIN SSH2 PUBLIC KEY ----", "-----BEGIN PUBLIC KEY-----", "-----BEGIN RSA PUBLIC KEY-----")
_TYPE = re.compile(r"[a-z0-9][a-z0-9@.-]{2,63}")
_FIELD = re.compile(r'(?:"(?:\\.|[^"\\])*"|[^\s"])+')  # options may hold blanks between double quotes


def parse_public_keys(text: str, *, source: str = "the public key") -> tuple[str, ...]:
    """The keys in `text`, an OpenSSH public key file or authorized_keys (its options are kept), each once.

    Blank lines and comments are skipped. `source` is what the messages call it. Raises BadInput for a private key,
    another format, a damaged line (the key of another type, or cut off), or when there is no key at all."""
    if any(mark in text for mark in _PRIVATE):
        raise BadInput(
            f"{source} is a private key: it must never leave your machine", hint="give the public one, FILE.pub"
        )
    if any(mark in text for mark in _OTHER_FORMATS):
        raise BadInput(f"{source} is not in OpenSSH's format", hint="convert it: ssh-keygen -i -m PKCS8 -f FILE")
    keys: dict[str, None] = {}
    for number, line in enumerate(text.splitlines(), 1):
        key = line.strip()
        if key and not key.startswith("#"):
            _check(key, f"line {number} of {source}")
            keys[key] = None
    if not keys:
        raise BadInput(f"there is no key in {source}", hint="make one: ssh-keygen -t ed25519")
    return tuple(keys)


def _check(line: str, where: str) -> None:
    fields = _FIELD.findall(line)
    for kind, blob in itertools.pairwise(fields[:3]):
        if _TYPE.fullmatch(kind) and blob.startswith("AAAA"):
            _check_blob(kind, blob, where)
            if any(ord(character) < 32 and character != "\t" for character in line):
                raise BadInput(f"{where} holds control characters")
            return
    raise BadInput(f"{where} is not an SSH public key", hint="it looks like: ssh-ed25519 AAAA... you@home")


def _check_blob(kind: str, blob: str, where: str) -> None:
    """RFC 4253, 6.6: a sequence of length-prefixed fields, of which the first repeats the type."""
    try:
        data = base64.b64decode(blob, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadInput(f"{where} is damaged: its base64 text is wrong") from error
    fields = []
    while data:
        length = int.from_bytes(data[:4], "big")
        if len(data) < 4 + length:
            raise BadInput(f"{where} is damaged: the key is cut off")
        fields.append(data[4 : 4 + length])
        data = data[4 + length :]
    if fields[0] != kind.encode():
        raise BadInput(f"{where} says {kind} but holds a key of another type")
    if len(fields) < 2:
        raise BadInput(f"{where} is damaged: the key is cut off")
