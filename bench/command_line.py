"""The rows about the command line: what a user waits for before anything has been done."""

import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from bench import ledgers
from bench.measure import Deed, Pairs, in_turn
from bench.row import PYTHON, STRATUS, CannotRun, Effort, Row

NOTHING = (PYTHON, "-c", "pass")
DOMAIN = "<domain type='test'><name>{}</name><memory>65536</memory><vcpu>1</vcpu><os><type>hvm</type></os></domain>"


def _help(effort: Effort) -> Pairs:
    return _against_python((STRATUS, "--help"), effort)


def _version(effort: Effort) -> Pairs:
    return _against_python((STRATUS, "--version"), effort)


def _describe(effort: Effort) -> Pairs:
    state_dir = ledgers.furnish(effort.folder, running=20)
    ours = silently((STRATUS, "describe"), ledgers.environ(state_dir))
    return in_turn(ours, silently(NOTHING), effort.rounds(45), tidy=partial(ledgers.look_again, state_dir))


def _listing(effort: Effort) -> Pairs:
    """1,000 instances, against virsh and as many domains."""
    virsh = program("virsh")
    state_dir = ledgers.furnish(effort.folder / "front-end", running=1000, nodes=20)
    raw = silently((virsh, "-c", test_driver(effort.folder, 1000), "list", "--all"))
    return in_turn(_listing_of(state_dir), raw, effort.rounds(15), tidy=partial(ledgers.look_again, state_dir))


def _long_listing(effort: Effort) -> Pairs:
    few = ledgers.furnish(effort.folder / "few", running=1000, nodes=20)
    many = ledgers.furnish(effort.folder / "many", running=10_000, nodes=20)

    def tidy() -> None:
        ledgers.look_again(few)
        ledgers.look_again(many)

    return in_turn(_listing_of(many), _listing_of(few), effort.rounds(9), tidy=tidy)


def _old_listing(effort: Effort) -> Pairs:
    """20 instances, in the ledger of a cloud that has seen much."""
    new = ledgers.furnish(effort.folder / "new", running=20)
    old = ledgers.furnish(effort.folder / "old", running=20, done=50_000)
    ledger = ledgers.ledger_of(old)
    ledgers.save(ledger, (ledgers.archived_order(number) for number in range(1, 100_001)))
    ledger.close()

    def tidy() -> None:
        ledgers.look_again(new)
        ledgers.look_again(old)

    return in_turn(_listing_of(old), _listing_of(new), effort.rounds(21), tidy=tidy)


ROWS = (
    Row("help", "stratus --help", "python3 -c pass", 4, _help),
    Row("version", "stratus --version", "python3 -c pass", 4, _version),
    Row("describe", "stratus describe, 20 instances", "python3 -c pass", 8, _describe),
    Row("listing", "stratus describe, 1,000 instances", "virsh list --all, 1,000 domains", 1, _listing),
    Row("long-listing", "stratus describe, 10,000 instances", "of 1,000", 11, _long_listing),
    Row("old-listing", "after 50,000 instances, 100,000 orders", "a new cloud", 1.1, _old_listing),
)


def silently(argv: Sequence[str], environ: Mapping[str, str] | None = None, *, timeout_s: float = 300.0) -> Deed:
    """A deed: run a program that must succeed, and read what it prints."""

    def deed() -> None:
        done = subprocess.run(
            argv, env=environ or ledgers.usual(), stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout_s
        )
        if done.returncode:
            sys.stderr.write(done.stderr.decode(errors="replace")[-2000:])
            raise subprocess.CalledProcessError(done.returncode, list(argv))

    return deed


def program(name: str) -> str:
    """The path of a program. Raises CannotRun."""
    found = shutil.which(name)
    if found is None:
        raise CannotRun(f"{name} is not installed (bin/bootstrap --bench)")
    return found


def test_driver(folder: Path, domains: int) -> str:
    """The URI of libvirt's test driver with so many domains that run."""
    one = (
        "<domain type='test'><name>one-{}</name><memory>65536</memory><vcpu>1</vcpu><os><type>hvm</type></os></domain>"
    )
    file = folder / f"{domains}-domains.xml"
    file.write_text(f"<node>{''.join(one.format(number) for number in range(1, domains + 1))}</node>", "utf-8")
    return f"test://{file}"


def _against_python(argv: Sequence[str], effort: Effort) -> Pairs:
    return in_turn(silently(argv), silently(NOTHING), effort.rounds(45))


def _listing_of(state_dir: Path) -> Deed:
    return silently((STRATUS, "describe"), ledgers.environ(state_dir))
