"""stratus simulate: what would become of a workload on nodes that are not there."""

import gzip
import io
import math
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stratus import output
from stratus.commands.options import SECONDS, output_option
from stratus.commands.session import Session, pass_session
from stratus.commands.stratuslab.files import complete
from stratus.commands.told import read_file
from stratus.errors import BadInput

if TYPE_CHECKING:
    from stratus.model.placement import Ratios
    from stratus.model.simulation import Workload
    from stratus.model.simulation.report import Report

MAX_BYTES = 64 * 1024 * 1024
HOUR_S = 3600.0


@click.command("simulate")
@click.argument("traces", metavar="TRACE...", nargs=-1, required=True)
@click.option("--nodes", type=click.IntRange(1, 10_000), default=10, help="How many nodes; 10 unless told.")
@click.option("--cpu", type=click.IntRange(1), default=32, help="The CPUs of each; 32 unless told.")
@click.option("--ram", type=click.IntRange(1), default=131_072, metavar="MIB", help="Its RAM; 131072 unless told.")
@click.option("--disk", type=click.IntRange(1), default=2_000_000, metavar="MIB", help="Its disk; 2000000 unless told.")
@click.option("--policy", type=click.Choice(["spread", "pack"]), help="Which node is chosen; the site's unless told.")
@click.option(
    "--ratio", default="", metavar="CPU[,RAM[,DISK]]", help="How often each is promised; the site's unless told."
)
@click.option("--patience", type=SECONDS, metavar="SECONDS", help="How long one waits for room; for ever unless told.")
@click.option(
    "--ageing", type=SECONDS, default=HOUR_S, metavar="SECONDS", help="When a node is held for it; after 3600."
)
@click.option("--seed", type=int, default=0, help="Which nodes outages hit; the same number, the same nodes.")
@click.option("--svg", type=Path, metavar="FILE", help="Draw it there.")
@output_option
@pass_session
def command(
    session: Session,
    traces: tuple[str, ...],
    nodes: int,
    cpu: int,
    ram: int,
    disk: int,
    policy: str | None,
    ratio: str,
    patience: float | None,
    ageing: float,
    seed: int,
    svg: Path | None,
    format: str,
) -> None:
    """Let a workload run on nodes that are not there, in simulated time, by the placement of the real cloud: how full
    it gets, who waits and is refused, and what lies idle. Needs no cloud. docs/placement.md has the forms of TRACE; of
    several, everything happens.

    \b
    Examples:
      stratus simulate week.csv --nodes 20 --policy pack
      stratus simulate tasks.csv.gz failures.csv.gz --svg week.svg
      stratus simulate week.csv --patience 0 -o json
    """
    from stratus.model.placement.wish import Rules
    from stratus.model.simulation import Setting, Workload, alike
    from stratus.model.simulation.report import simulate

    parts = [_workload(name) for name in traces]
    workload = Workload(
        tuple(arrival for part in parts for arrival in part.arrivals),
        tuple(outage for part in parts for outage in part.outages),
    )
    rules = Rules(_ratios(session, ratio), policy or session.preference("placement"))
    machines = alike(nodes, cpus=cpu, ram_mib=ram, disk_mib=disk)
    report = simulate(workload, Setting(machines, rules, math.inf if patience is None else patience, ageing, seed))
    if svg:
        _draw(svg, report, traces)
    if format == "csv":
        samples = output.plain(report.samples)
        output.rows(samples, list(samples[0]) if samples else ("at_s",), format)
    else:
        output.value(report, format, lambda: _show(report))


def _workload(name: str) -> "Workload":
    """The workload in a file, which may be compressed by gzip."""
    from stratus.model.simulation.traces import workload_of

    body = read_file(name)
    if body[:2] == b"\x1f\x8b":
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(body)) as file:
                body = file.read(MAX_BYTES + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise BadInput(f"{name} is not whole: {error}") from error
    if len(body) > MAX_BYTES:
        raise BadInput(f"{name} has more than {MAX_BYTES} bytes")
    try:
        return workload_of(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise BadInput(f"{name} is no text") from error
    except BadInput as error:
        raise BadInput(f"{name}: {error.message}", hint=error.hint) from error


def _ratios(session: Session, text: str) -> "Ratios":
    """What --ratio says, and the site's for what it leaves open."""
    from stratus.model.placement import Ratios

    words = text.split(",") if text else []
    given = dict(zip(("cpu_ratio", "ram_ratio", "disk_ratio"), words, strict=False))
    try:
        ratios = [float(given.get(key) or session.preference(key)) for key in ("cpu_ratio", "ram_ratio", "disk_ratio")]
    except ValueError as error:
        raise BadInput(f"{text[:80]!r} are no ratios", hint="--ratio 4,1,4") from error
    if len(words) > 3 or not all(0.01 <= each <= 1000 for each in ratios):
        raise BadInput(f"{text[:80]!r} are not up to three ratios between 0.01 and 1000", hint="--ratio 4,1,4")
    return Ratios(*ratios)


def _draw(path: Path, report: "Report", traces: tuple[str, ...]) -> None:
    from stratus.model.simulation.picture import picture_of

    names = ", ".join(Path(name).name for name in traces)
    with complete(path) as file:
        file.write(picture_of(report, f"{names} on {report.nodes} nodes, {report.policy}"))


def _show(report: "Report") -> None:
    from stratus.model.moments import span

    waits = report.waits
    output.fields(
        (
            ("nodes", f"{report.nodes}, {report.policy}"),
            ("arrivals", f"{report.arrivals} in all, {report.placed} placed"),
            ("refused", f"{report.refused} found no room in time, {report.impossible} fit on no node"),
            ("waited", f"{waits.waited}; at most {report.peak_waiting} at once"),
            ("wait", f"mean {span(waits.mean_s)}, median {span(waits.median_s)}, 95 % {span(waits.p95_s)}"),
            ("longest wait", span(waits.longest_s)),
            ("promised", f"CPU {report.cpu:.1%}, RAM {report.ram:.1%}, disk {report.disk:.1%}, over the time"),
            ("fragmentation", f"{report.stranded:.1%} of the free RAM had no room for the middle instance"),
            ("interrupted", f"{report.interrupted} by outages"),
            ("took", span(report.ended_s)),
        )
    )
