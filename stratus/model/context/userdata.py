"""cloud-init's user data: one document, or a MIME multipart of several."""

import base64
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from stratus.model.context.values import LITERAL, ContextRequest, UserDataPart

if TYPE_CHECKING:
    from email.mime.base import MIMEBase


def user_data(request: ContextRequest) -> bytes:
    """What cloud-init is given: a literal part as it stands, else the user's parts after our cloud-config.

    Ours comes first, so that what the user's say of the same things wins."""
    parts = request.user_data
    if parts and parts[0].kind == LITERAL:
        return parts[0].content
    if not parts:
        return _cloud_config(request.public_keys)
    return multipart((UserDataPart("cloud-config", "stratus.cfg", _cloud_config(request.public_keys)), *parts))


def multipart(parts: Sequence[UserDataPart]) -> bytes:
    """The parts as MIME, each byte kept (base64); the same parts give the same text."""
    import hashlib  # with email, 30 ms that every command would pay, though few have parts
    from email.mime.multipart import MIMEMultipart

    digest = hashlib.sha256()
    for part in parts:
        for item in (part.kind.encode(), part.name.encode(errors="surrogateescape"), part.content):
            digest.update(len(item).to_bytes(8, "big") + item)
    message = MIMEMultipart(boundary=f"==stratus-{digest.hexdigest()[:40]}==")
    for part in parts:
        message.attach(_mime(part))
    return message.as_bytes()


def _mime(part: UserDataPart) -> "MIMEBase":
    from email.mime.base import MIMEBase

    mime = MIMEBase("text", part.kind, charset="utf-8")
    mime["Content-Transfer-Encoding"] = "base64"
    name = part.name.encode(errors="replace").decode()
    mime.add_header("Content-Disposition", "attachment", filename=name if name.isascii() else ("utf-8", "", name))
    mime.set_payload(base64.encodebytes(part.content).decode("ascii"))
    return mime


def _cloud_config(public_keys: Sequence[str]) -> bytes:
    """The keys for the image's own user, and for root as StratusLab's users are used to; passwords stay as they are."""
    config = {"disable_root": False, "ssh_authorized_keys": list(public_keys)}
    return b"#cloud-config\n" + yaml_safe_json(config)


def yaml_safe_json(value: object) -> bytes:
    """JSON that every YAML 1.1 reader takes as the same value.

    JSON's own escapes would do but for characters beyond U+FFFF, whose surrogate pairs YAML does not join; so text is
    not escaped, save for what YAML forbids or takes for a line break."""
    text = json.dumps(value, ensure_ascii=False, indent=1)
    return "".join(f"\\u{ord(c):04x}" if _is_unsafe(c) else c for c in text).encode() + b"\n"


def _is_unsafe(character: str) -> bool:
    return "\x7f" <= character <= "\xa0" or character in "\u2028\u2029\ufeff\ufffe\uffff"
