"""Reading what apt-cache and apt-get print: which kernel is on offer, what a package needs, what to download. Pure."""

import re
from urllib.parse import unquote

from stratus.errors import BadInput
from stratus.model.values import dataclass


@dataclass(frozen=True)
class Download:
    """One package file, as `apt-get download --print-uris` announces it."""

    file_name: str
    size: int
    hash_name: str  # sha256, sha512 ...
    digest: str


def offered(policy: str) -> set[str]:
    """The packages with an installable version, of the output of `apt-cache policy`."""
    found = re.findall(r"^(\S+):\n(?:  .*\n)*?  Candidate: (?!\(none\))\S+", policy, re.MULTILINE)
    return set(found)


def dependencies(depends: str) -> dict[str, tuple[str, ...]]:
    """package -> what it depends on, of the output of `apt-cache depends`; of alternatives the first real one."""
    needs: dict[str, list[str]] = {}
    package, alternative_open = "", False
    for line in depends.splitlines():
        if line and not line[0].isspace() and line[0] != "<":
            package = line.strip()
            needs.setdefault(package, [])
            continue
        match = re.match(r"^ (\|| )(?:Pre)?Depends: (\S+)$", line)
        if not match or not package:
            continue
        first = not alternative_open
        alternative_open = match.group(1) == "|"
        if first and not match.group(2).startswith("<"):
            needs[package].append(match.group(2))
    return {name: tuple(names) for name, names in needs.items()}


def kernel_packages(needs: dict[str, tuple[str, ...]], wanted: str) -> tuple[str, ...]:
    """The versioned kernel package below the metapackage `wanted`, and its modules where they are a package apart."""
    name = wanted
    for _ in range(5):  # metapackages of metapackages; Ubuntu's linux-image-kvm is one
        if re.match(r"linux-image-(unsigned-)?\d", name):
            modules = tuple(need for need in needs.get(name, ()) if re.match(r"linux-modules-\d", need))
            return (name, *modules)
        below = [need for need in needs.get(name, ()) if need.startswith("linux-image-")]
        if not below:
            break
        name = below[0]
    raise BadInput(f"the package {wanted} leads to no kernel", hint="apt-get update")


def closure(
    needs: dict[str, tuple[str, ...]], wanted: tuple[str, ...], without: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """`wanted` and everything that they depend on, each once; what is `without`, and only that needs, is left out."""
    found: dict[str, None] = {}
    waiting = list(wanted)
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            found[name] = None
            waiting.extend(need for need in needs.get(name, ()) if need not in without)
    return tuple(found)


def downloads(print_uris: str) -> tuple[Download, ...]:
    """The files that `apt-get download --print-uris` names."""
    found = re.findall(r"^'[^']*' (\S+) (\d+) (\w+):([0-9a-fA-F]+)$", print_uris, re.MULTILINE)
    return tuple(Download(_safe(name), int(size), kind.lower(), digest.lower()) for name, size, kind, digest in found)


def _safe(file_name: str) -> str:
    if "/" in unquote(file_name) or file_name.startswith("."):
        raise BadInput(f"apt names a file that is none: {file_name}")
    return file_name
