"""A guest of 512 bytes: it greets on the first serial port, says back what it hears, and turns itself off at a "q"."""

from pathlib import Path

GREETING = "hello from the boot sector"
DISK_BYTES = 1 << 20

CODE = bytes.fromhex(
    "fafc31c08ed88ed0bc007c"  # cli; cld; ax, ds, ss = 0; sp = 0x7c00
    "be487c"  # si = the greeting, behind this code
    "ac84c07405e82100ebf6"  # next: lodsb; until zero: call put
    "bafd03eca80174fb"  # echo: wait for a character on COM1
    "baf803ec3c717405"  # read it; is it "q"?
    "e80c00ebeb"  # no: call put; again
    "ba0406b80020ef"  # yes: ACPI of the q35: sleep state 5
    "f4ebfd"  # hlt, for ever
    "88c4bafd03eca82074fbbaf80388e0eec3"  # put: wait until COM1 takes a character, write it; ret
)


def write_disk(path: Path) -> None:
    """A raw disk with this guest."""
    sector = (CODE + GREETING.encode() + b"\r\n\0").ljust(510, b"\0") + b"\x55\xaa"
    path.write_bytes(sector.ljust(DISK_BYTES, b"\0"))
