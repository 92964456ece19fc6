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
