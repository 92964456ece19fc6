"""Keys that open nothing, for those who have none."""

import os
import struct
from base64 import b64encode

_KIND = "ssh-ed25519"


def made_up_key() -> str:
    """What the line of an Ed25519 key looks like (RFC 8709, section 4); nobody has the other half of it."""
    parts = (_KIND.encode(), os.urandom(32))
    return f"{_KIND} {b64encode(b''.join(struct.pack('>I', len(part)) + part for part in parts)).decode()}"
