"""Workloads from files: our own form, OpenDC's tasks and failures, PlanetLab's samples; told apart by their first line.

    at_s,lasts_s,cpu,ram_mib,disk_mib                 instances, ours
    at_s,lasts_s,share                                outages, ours: the share of the nodes that go down
    id,submission_time,duration,cpu_count,cpu_capacity,mem_capacity     OpenDC's tasks: milliseconds and MiB
    failure_interval,failure_duration,failure_intensity                 OpenDC's failures: milliseconds, and the share
    name,288 numbers                                  PlanetLab's day of an instance: each runs all of it

Columns may stand in any order, and others are ignored. Moments are counted from the first arrival."""

import csv
import dataclasses
import io
from collections.abc import Callable, Iterator, Mapping, Sequence

from stratus.errors import BadInput
from stratus.model.placement import Need
from stratus.model.simulation import Arrival, Outage, Workload

DAY_S, SAMPLES = 86_400.0, 288
MOST = 1e15  # milliseconds since 1970, and whatever anybody counts in bytes
PLANETLAB = Need(1, 1536, 1536)  # it has no sizes: m1.small
Row = Mapping[str, float]


def workload_of(text: str) -> Workload:
    """The workload that a file states. Raises BadInput with the line of what is wrong."""
    lines = csv.reader(io.StringIO(text))
    try:
        first = [word.strip().lower() for word in next(lines, [])]
        if len(first) == SAMPLES + 1:
            return Workload(tuple(Arrival(0.0, DAY_S, PLANETLAB) for words in (first, *lines) if words))
        return _from_first(_table(first, lines))
    except csv.Error as error:
        raise BadInput(f"line {lines.line_num} of the trace is no CSV: {error}") from error


def _table(first: Sequence[str], lines: Iterator[list[str]]) -> Workload:
    for columns, read in _FORMS:
        if set(columns) <= set(first):
            places = [first.index(column) for column in columns]
            # The reader has read the first line; blank ones are nothing.
            rows = [_row(columns, places, words, n) for n, words in enumerate(lines, 2) if words]
            return read(rows)
    raise BadInput(
        f"the first line of the trace has columns that nobody knows: {', '.join(first)[:100]!r}",
        hint="at_s,lasts_s,cpu,ram_mib,disk_mib",
    )


def _row(columns: Sequence[str], places: Sequence[int], words: Sequence[str], line: int) -> Row:
    try:
        row = {column: float(words[place]) for column, place in zip(columns, places, strict=True)}
    except (ValueError, IndexError) as error:
        raise BadInput(f"line {line} of the trace: {', '.join(columns)} must be numbers") from error
    if not all(0 <= value <= MOST for value in row.values()):
        raise BadInput(f"line {line} of the trace: numbers must be between 0 and {MOST:g}")
    return row


def _ours(rows: Sequence[Row]) -> Workload:
    return Workload(
        tuple(
            Arrival(row["at_s"], row["lasts_s"], Need(int(row["cpu"]), int(row["ram_mib"]), int(row["disk_mib"])))
            for row in rows
        )
    )


def _our_outages(rows: Sequence[Row]) -> Workload:
    return Workload((), tuple(Outage(row["at_s"], row["lasts_s"], min(1.0, row["share"])) for row in rows))


def _opendc_tasks(rows: Sequence[Row]) -> Workload:
    return Workload(
        tuple(
            Arrival(
                row["submission_time"] / 1000,
                row["duration"] / 1000,
                Need(int(row["cpu_count"]), int(row["mem_capacity"]), 0),
            )
            for row in rows
        )
    )


def _opendc_failures(rows: Sequence[Row]) -> Workload:
    at_s, outages = 0.0, []
    for row in rows:
        at_s += row["failure_interval"] / 1000
        outages.append(Outage(at_s, row["failure_duration"] / 1000, min(1.0, row["failure_intensity"])))
    return Workload((), tuple(outages))


_FORMS: tuple[tuple[tuple[str, ...], Callable[[Sequence[Row]], Workload]], ...] = (
    (("at_s", "lasts_s", "cpu", "ram_mib", "disk_mib"), _ours),
    (("at_s", "lasts_s", "share"), _our_outages),
    (("submission_time", "duration", "cpu_count", "mem_capacity"), _opendc_tasks),
    (("failure_interval", "failure_duration", "failure_intensity"), _opendc_failures),
)


def _from_first(workload: Workload) -> Workload:
    begin_s = min((arrival.at_s for arrival in workload.arrivals), default=0.0)
    arrivals = (dataclasses.replace(each, at_s=each.at_s - begin_s) for each in workload.arrivals)
    return dataclasses.replace(workload, arrivals=tuple(arrivals))
