"""Named amounts of CPU, RAM and swap; StratusLab's table is the default."""

from collections.abc import Mapping

from stratus.errors import BadInput, NotFound
from stratus.model.values import dataclass


@dataclass(frozen=True)
class MachineType:
    """One named amount."""

    name: str
    cpu: int
    ram_mib: int
    swap_mib: int


STRATUSLAB_TYPES: tuple[MachineType, ...] = (
    MachineType("c1.medium", 2, 1536, 1536),
    MachineType("c1.xlarge", 4, 6144, 6144),
    MachineType("m1.large", 2, 6144, 6144),
    MachineType("m1.medium", 1, 3072, 3072),
    MachineType("m1.small", 1, 1536, 1536),
    MachineType("m1.xlarge", 4, 8192, 8192),
    MachineType("t1.micro", 1, 512, 512),
)


def choose(
    types: Mapping[str, MachineType], name: str, *, cpu: int | None, ram_mib: int | None, swap_mib: int | None
) -> MachineType:
    """The type called `name`, with what the user asked for otherwise. Raises NotFound, BadInput."""
    if name not in types:
        raise NotFound(f"unknown instance type: {name}", hint="stratus run --list-types")
    base = types[name]
    chosen = MachineType(
        name,
        base.cpu if cpu is None else cpu,
        base.ram_mib if ram_mib is None else ram_mib,
        base.swap_mib if swap_mib is None else swap_mib,
    )
    if chosen.cpu < 1 or chosen.ram_mib < 1 or chosen.swap_mib < 0:
        raise BadInput("an instance needs at least 1 CPU, 1 MiB of RAM and no negative swap")
    return chosen


def listing(types: Mapping[str, MachineType], default: str) -> str:
    """StratusLab's `--list-types` table, to the byte (section 1.2 of its command reference)."""
    lines = [" " + "Type".ljust(10) + "".join(word.rjust(10) for word in ("CPU", "RAM", "SWAP"))]
    for name in sorted(types):
        kind = types[name]
        cells = (f"{kind.cpu} CPU", f"{kind.ram_mib} MB", f"{kind.swap_mib} MB")
        flag = "*" if name == default else " "
        lines.append(" ".join([flag, name.ljust(10), *(cell.rjust(10) for cell in cells)]))
    return "\n".join(lines)
