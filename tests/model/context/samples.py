"""Values that break careless quoting, and keys to be told."""

import base64

from stratus.model.context.values import ContextInstance, ContextNic

HOSTILE = (
    "",
    " ",
    "it's",
    "'",
    "''",
    "'\\''",
    '"',
    '"quoted"',
    "$HOME ${HOME} $(touch x) `touch x` $((1+1))",
    "a\nb\n\nc\n",
    "\n",
    "\\",
    "\\n \\\\ \\'",
    "tab\there, bell\a, escape\x1b[0m, return\r, delete\x7f",
    "déjà vu ☃ 😀 \u2028 \x85 \ufeff \xa0",
    "semi;colon & pipe | gt > # not a comment",
    "* ? [a-z] ~ !! %s %d {a,b}",
    "=",
    "key=value=more",
    "-e",
    "EOF\n}\n:",
    "{{ jinja }} {% raw %}",
    "x" * 5000,
)

INSTANCE = ContextInstance(
    id=12,
    hostname="web1",
    uuid="6f1e8a3c-0d62-4b7e-9a53-2b1c0f6d7e11",
    nics=(
        ContextNic(
            mac="0A:00:c0:00:02:2a",
            address="192.0.2.42",
            netmask="255.255.255.0",
            gateway="192.0.2.1",
            dns=("192.0.2.1", "192.0.2.2"),
            domain="example.org",
        ),
    ),
)


def public_key(seed: int, *, kind: str = "ssh-ed25519", comment: str = "jane@home") -> str:
    """A well-formed public key line."""
    fields = (kind.encode(), bytes([seed]) * 32)
    blob = b"".join(len(field).to_bytes(4, "big") + field for field in fields)
    return f"{kind} {base64.b64encode(blob).decode()} {comment}".rstrip()
