"""cloud-init as StratusLab's users write it: `--cloud-init 'mime,file#...'`, and the CLOUD_INIT_* context lines."""

import base64
import binascii
import gzip
import zlib
from collections.abc import Callable, Sequence

from stratus.errors import BadInput
from stratus.model.context.pairs import Variables, merged
from stratus.model.context.pubkeys import parse_public_keys
from stratus.model.context.userdata import multipart
from stratus.model.context.values import (
    CLOUD_INIT,
    LITERAL,
    MAX_USER_DATA_BYTES,
    ONE,
    ContextRequest,
    UserDataPart,
)
from stratus.model.values import dataclass

MAX_ENCODED_BYTES = 16384  # StratusLab's limit, for each of its two context lines
METHOD = "CONTEXT_METHOD"
AUTHORIZED_KEYS = "CLOUD_INIT_AUTHORIZED_KEYS"
USER_DATA = "CLOUD_INIT_USER_DATA"


@dataclass(frozen=True)
class CloudInit:
    """What a `--cloud-init` argument says: the keys of its `ssh` parts, and the others."""

    public_keys: tuple[str, ...] = ()
    parts: tuple[UserDataPart, ...] = ()


def parse_cloud_init(text: str, read: Callable[[str], bytes], *, separator: str = "#") -> CloudInit:
    """The parts of 'mime,file#mime,file', their files taken through `read`.

    `ssh` names authorized keys, `none` a file that is the whole user data, anything else the text/* kind of a part."""
    keys: list[str] = []
    parts: list[UserDataPart] = []
    for item in filter(str.strip, text.split(separator)):
        kind, comma, name = item.strip().partition(",")
        if not comma or not kind or not name:
            raise BadInput(f"{item!r} is not a part of user data", hint="write: --cloud-init 'x-shellscript,setup.sh'")
        content = read(name)
        if kind == "ssh":
            keys += parse_public_keys(content.decode(errors="replace"), source=name)
        else:
            parts.append(UserDataPart(kind.removeprefix("text/"), name.rsplit("/", 1)[-1], content))
    return CloudInit(tuple(dict.fromkeys(keys)), tuple(parts))


def context_request(
    *,
    method: str = "",
    public_keys: Sequence[str] = (),
    variables: Variables = (),
    cloud_init: CloudInit | None = None,
    default_method: str = ONE,
) -> ContextRequest:
    """One request from all that a user may say about context.

    The method is: cloud-init if `cloud_init` is given; else the variable CONTEXT_METHOD; else `method`, what was asked
    for; else cloud-init if the CLOUD_INIT_* variables are there; else `default_method`. Keys that came with cloud-init
    stand in for `public_keys`, as in StratusLab. Raises BadInput."""
    told = dict(variables)
    said = told.pop(METHOD, "")
    from_lines = _from_lines(told.pop(AUTHORIZED_KEYS, ""), told.pop(USER_DATA, ""))
    given = cloud_init or from_lines
    if cloud_init:
        said = CLOUD_INIT
    return ContextRequest(
        method=said or method or (CLOUD_INIT if from_lines else default_method),
        public_keys=given.public_keys if given and given.public_keys else tuple(public_keys),
        variables=merged(told.items()),
        user_data=given.parts if given else (),
    )


def prepare_context_lines(public_keys: Sequence[str], parts: Sequence[UserDataPart]) -> tuple[str, str]:
    """The two lines that `stratus-prepare-context` writes, for a --context-file.

    The same input gives the same lines. Raises BadInput when one is longer than StratusLab allows."""
    literal = len(parts) == 1 and parts[0].kind == LITERAL
    if not literal and any(part.kind == LITERAL for part in parts):
        raise BadInput("a part of kind 'none' is the whole user data: no other part can stand beside it")
    content = parts[0].content if literal else multipart(parts)
    keys = "".join(f"{key}\n" for key in public_keys).encode()
    packed = gzip.compress(content, mtime=0)
    return f"{AUTHORIZED_KEYS}={_encoded('keys', keys)}", f"{USER_DATA}={_encoded('user data', packed)}"


def _encoded(what: str, data: bytes) -> str:
    text = base64.b64encode(data).decode("ascii")
    _check_length(what, text)
    return text


def _check_length(what: str, text: str) -> None:
    if len(text) > MAX_ENCODED_BYTES:
        raise BadInput(
            f"the {what} take {len(text)} encoded bytes, the limit of a context line is {MAX_ENCODED_BYTES}",
            hint="pass the files to `stratus run --cloud-init` directly, or let the guest fetch the rest",
        )


def _from_lines(keys: str, data: str) -> CloudInit | None:
    if not keys and not data:
        return None
    public_keys: tuple[str, ...] = ()
    parts: tuple[UserDataPart, ...] = ()
    if decoded := _decoded(AUTHORIZED_KEYS, keys):
        public_keys = parse_public_keys(decoded.decode(errors="replace"), source=AUTHORIZED_KEYS)
    if data:
        parts = (UserDataPart(LITERAL, "cloud-init.txt", _unzipped(_decoded(USER_DATA, data))),)
    return CloudInit(public_keys, parts)


def _decoded(name: str, text: str) -> bytes:
    _check_length(name, text)
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadInput(f"{name} is not base64 text", hint="make it with: stratus-prepare-context") from error


def _unzipped(data: bytes) -> bytes:
    """The content, never more than user data may have: 16 KiB of gzip can unfold to 16 MiB."""
    unzip = zlib.decompressobj(wbits=31)
    try:
        content = unzip.decompress(data, MAX_USER_DATA_BYTES + 1)
    except zlib.error as error:
        raise BadInput(f"{USER_DATA} is not gzip data", hint="make it with: stratus-prepare-context") from error
    if len(content) <= MAX_USER_DATA_BYTES and not unzip.eof:
        raise BadInput(f"{USER_DATA} is cut off", hint="make it with: stratus-prepare-context")
    return content
