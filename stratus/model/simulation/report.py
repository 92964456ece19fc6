"""What became of a simulated workload: how full the cloud was, who waited, who was refused, what lay idle. Pure."""

import statistics
from collections.abc import Iterable, Sequence

from stratus.model.node import Node
from stratus.model.placement import Need, limit, room
from stratus.model.placement.wish import Rules
from stratus.model.simulation import Setting, Workload
from stratus.model.simulation.engine import Simulation
from stratus.model.values import dataclass

SAMPLES = 240  # at least, and less than twice as many; all of one distance


@dataclass(frozen=True)
class Sample:
    """The cloud at one moment; shares are of what may be promised on all nodes."""

    at_s: float
    cpu: float
    ram: float
    disk: float
    running: int
    waiting: int
    down: int  # nodes
    stranded: float  # the share of the free RAM on nodes that have no room for the instance of the middle size


@dataclass(frozen=True)
class Waits:
    """How long instances waited for room, of those that were placed."""

    waited: int  # how many did at all
    mean_s: float
    median_s: float
    p95_s: float
    longest_s: float


@dataclass(frozen=True)
class Report:
    """The outcome; means are over time."""

    nodes: int
    policy: str
    arrivals: int
    placed: int
    refused: int  # found no room in time
    impossible: int  # no node could ever take it
    interrupted: int  # by an outage of their node, after which they went on
    ended_s: float
    cpu: float
    ram: float
    disk: float
    stranded: float
    peak_waiting: int
    waits: Waits
    samples: tuple[Sample, ...]


def simulate(workload: Workload, setting: Setting) -> Report:
    """Let it run to its end."""
    simulation = Simulation(workload, setting)
    middle = _middle([arrival.need for arrival in workload.arrivals])
    step_s = max((each.at_s + each.lasts_s for each in workload.arrivals), default=0.0) / SAMPLES or 1.0
    samples: list[Sample] = []
    ended_s = 0.0
    for ended_s in simulation.moments():
        if ended_s >= len(samples) * step_s:
            sample = _sample(simulation, setting.rules, middle)
            while len(samples) * step_s <= ended_s:
                samples.append(Sample(len(samples) * step_s, *sample))
                if len(samples) == 2 * SAMPLES:  # who waits makes it longer than anybody knew
                    samples, step_s = samples[::2], 2 * step_s
    return _report(simulation, setting, len(workload.arrivals), ended_s, samples)


def _report(
    simulation: Simulation, setting: Setting, arrivals: int, ended_s: float, samples: Sequence[Sample]
) -> Report:
    counts = simulation.counts
    return Report(
        nodes=len(setting.nodes),
        policy=setting.rules.policy,
        arrivals=arrivals,
        placed=len(simulation.waits_s),
        refused=counts["impatient"],
        impossible=counts["never"],
        interrupted=counts["interrupted"],
        ended_s=ended_s,
        cpu=_mean(sample.cpu for sample in samples),
        ram=_mean(sample.ram for sample in samples),
        disk=_mean(sample.disk for sample in samples),
        stranded=_mean(sample.stranded for sample in samples),
        peak_waiting=max((sample.waiting for sample in samples), default=0),
        waits=_waits(sorted(simulation.waits_s)),
        samples=tuple(samples),
    )


def _sample(simulation: Simulation, rules: Rules, middle: Need) -> tuple[float, float, float, int, int, int, float]:
    nodes = list(simulation.nodes.values())
    most = [limit(node, rules.ratios) for node in nodes]
    return (
        _share(sum(node.used.vcpu for node in nodes), sum(each.vcpu for each in most)),
        _share(sum(node.used.ram_mib for node in nodes), sum(each.ram_mib for each in most)),
        _share(sum(node.used.disk_mib for node in nodes), sum(each.disk_mib for each in most)),
        simulation.going_on,
        simulation.waiting,
        sum(bool(node.trouble) for node in nodes),
        _stranded([node for node in nodes if not node.trouble], rules, middle),
    )


def _stranded(nodes: Sequence[Node], rules: Rules, middle: Need) -> float:
    rooms = [room(node, rules.ratios) for node in nodes]
    lost = [
        free
        for free in rooms
        if free.vcpu < middle.vcpu or free.ram_mib < middle.ram_mib or free.disk_mib < middle.disk_mib
    ]
    return _share(sum(free.ram_mib for free in lost), sum(free.ram_mib for free in rooms))


def _middle(needs: Sequence[Need]) -> Need:
    if not needs:
        return Need(0, 0, 0)
    return Need(
        statistics.median_low(need.vcpu for need in needs),
        statistics.median_low(need.ram_mib for need in needs),
        statistics.median_low(need.disk_mib for need in needs),
    )


def _waits(ordered: Sequence[float]) -> Waits:
    if not ordered:
        return Waits(0, 0.0, 0.0, 0.0, 0.0)
    p95_s = ordered[min(len(ordered) - 1, len(ordered) * 95 // 100)]
    waited = sum(wait_s > 0 for wait_s in ordered)
    return Waits(waited, _mean(ordered), statistics.median(ordered), p95_s, ordered[-1])


def _mean(values: Iterable[float]) -> float:
    """The mean, or 0 of nothing."""
    many = list(values)
    return statistics.fmean(many) if many else 0.0


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
