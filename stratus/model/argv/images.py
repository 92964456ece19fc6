"""The command lines with which an image is examined: `qemu-img`, always told the format, always bounded."""


def info(path: str, format: str) -> list[str]:
    """What qemu-img knows of the image, as JSON."""
    return ["qemu-img", "info", "-f", format, "--output=json", path]


def check(path: str, format: str) -> list[str]:
    """Whether the image's tables are consistent, as JSON."""
    return ["qemu-img", "check", "-f", format, "--output=json", path]


def bounded(argv: list[str], *, memory_mib: int, cpu_s: int) -> list[str]:
    """The same command with a limit on memory and CPU time, unable to write any file or to leave a core."""
    limits = [f"--as={memory_mib * 1024 * 1024}", f"--cpu={cpu_s}", "--fsize=0", "--core=0", "--nofile=64"]
    return ["prlimit", *limits, "--", *argv]


def download(url: str, part: str) -> tuple[str, ...]:
    """Bring the content of a URL, going on where an earlier try stopped."""
    return ("curl", "--fail", "--location", "--continue-at", "-", "--output", part, url)


def unpack(source: str, target: str, compression: str) -> tuple[tuple[str, ...], ...]:
    """Make `target` the plain content of `source`, with holes where there are only zeros."""
    programs = {"gz": "gzip", "bz2": "bzip2", "xz": "xz"}
    if compression not in programs:
        return (("cp", "--sparse=always", source, target),)
    packed = f"{target}.{compression}"
    sparse = () if compression == "xz" else (("fallocate", "--dig-holes", target),)  # xz leaves holes by itself
    return (("cp", source, packed), (programs[compression], "--decompress", packed), *sparse)


def checksums(path: str) -> tuple[tuple[str, ...], ...]:
    """The four digests of a file."""
    return tuple((f"{name}sum", path) for name in ("md5", "sha1", "sha256", "sha512"))


def protect(path: str) -> tuple[str, ...]:
    """Nobody writes to it any more."""
    return ("chmod", "0444", path)


def write(path: str) -> tuple[str, ...]:
    """A small file with what it is told on its standard input."""
    return ("install", "-m", "0644", "/dev/stdin", path)
