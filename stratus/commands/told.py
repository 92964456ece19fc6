"""What the options of `run` tell an instance: files are read here, so that the request holds contents only."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from stratus.commands.session import Session
from stratus.errors import BadInput, NotFound, UsageError
from stratus.model.cloudinit import context_request, parse_cloud_init
from stratus.model.context.pairs import parse_file, parse_pairs
from stratus.model.context.pubkeys import parse_public_keys
from stratus.model.context.values import ContextRequest
from stratus.model.machine_type import listing
from stratus.model.user import keys_of

DEFAULT_KEYS = ("id_ed25519.pub", "id_ecdsa.pub", "id_rsa.pub")


def context_of(
    session: Session,
    keys: tuple[str, ...],
    pairs: str,
    file: Path | None,
    method: str | None,
    cloud_init: str,
) -> ContextRequest:
    """The context that the options ask for. Raises NotFound, BadInput, UsageError."""
    if cloud_init and method == "one":
        raise UsageError("--cloud-init and --context-method one exclude each other", hint="leave one of them out")
    parts = parse_cloud_init(cloud_init, read_file) if cloud_init else None
    need_keys = keys or not (parts and parts.public_keys)
    return context_request(
        method=method or "",
        public_keys=public_keys(session, keys) if need_keys else (),
        variables=(*(parse_file(_read_text(file)) if file else ()), *parse_pairs(pairs)),
        cloud_init=parts,
        default_method=session.chosen("default_context_method") or session.site.default_context_method,
    )


def types_of(session: Session) -> str:
    """The table of the cloud's machine types."""
    site = session.site
    types = {kind.name: kind for kind in site.types}
    return listing(types, session.chosen("default_instance_type") or site.default_type)


def public_keys(session: Session, files: tuple[str, ...]) -> tuple[str, ...]:
    """The public keys in `files`, or in the user's own when none are named. Raises NotFound, BadInput."""
    paths = [Path(file).expanduser() for file in files] or _own_keys(session)
    return tuple(key for path in paths for key in parse_public_keys(_read_text(path), source=str(path)))


def read_key_files(paths: Sequence[Path]) -> str:
    """The text of public key files, each checked by itself so that the error names it. Raises NotFound, BadInput."""
    texts = [(path, _read_text(path.expanduser())) for path in paths]
    for path, text in texts:
        keys_of(text, added_s=0.0, source=str(path))
    return "".join(f"{text}\n" for _, text in texts)


def own_keys(session: Session) -> list[Path]:
    """The user's public key files: the one that the configuration names, or those in the usual places."""
    named = session.chosen("user_public_key_file")
    if named:
        return [Path(named).expanduser()]
    return [path for name in DEFAULT_KEYS if (path := _ssh_folder(session) / name).exists()]


def _own_keys(session: Session) -> list[Path]:
    found = own_keys(session)
    if not found:
        raise NotFound(f"no public key in {_ssh_folder(session)}", hint="ssh-keygen -t ed25519, or: --key FILE")
    return found


def _ssh_folder(session: Session) -> Path:
    return Path(session.environ.get("HOME", "~")).expanduser() / ".ssh"


def read_file(name: str) -> bytes:
    """The content of a file that the user named. Raises NotFound, BadInput."""
    path = Path(name).expanduser()
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise NotFound(f"{path} does not exist", hint=f"ls -l {shlex.quote(str(path.parent))}") from error
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}", hint=f"ls -ld {shlex.quote(str(path))}") from error
    except ValueError as error:
        raise BadInput(f"{name!r} is no file name") from error


def _read_text(path: Path) -> str:
    try:
        return read_file(str(path)).decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not UTF-8 text") from error
