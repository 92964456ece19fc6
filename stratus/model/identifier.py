"""StratusLab's 27-character image identifiers: the SHA-1 of the content in digits that fit a URL and a file name.

The SHA-1 is one big-endian number of 160 bits, written as 27 base64url digits of 6 bits each. Two bits are left over,
so the first digit is always one of A to P (StratusLab reference, section 3.2).
"""

import base64
import re

from stratus.errors import BadInput

_IDENTIFIER = re.compile(r"[A-P][A-Za-z0-9_-]{26}", re.ASCII)
_SHA1 = re.compile(r"[0-9a-fA-F]{40}", re.ASCII)


def identifier_of(sha1_hex: str) -> str:
    """The identifier of the content with this SHA-1. Raises BadInput when it is not 40 hex digits."""
    if not _SHA1.fullmatch(sha1_hex):
        raise BadInput(f"this is not a SHA-1 checksum: {sha1_hex!r}", hint="it has 40 digits from 0 to 9 and a to f")
    padded = b"\0" + bytes.fromhex(sha1_hex)  # 21 bytes make 28 digits exactly, of which the first is always zero
    return base64.urlsafe_b64encode(padded)[1:].decode("ascii")


def is_identifier(text: str) -> bool:
    """Whether it can be an image identifier; such a text is always safe as a file name."""
    return _IDENTIFIER.fullmatch(text) is not None
