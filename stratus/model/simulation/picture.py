"""A report as a picture: four panels over one time, in SVG that needs nothing but a browser. Pure."""

from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape

from stratus.model.moments import span
from stratus.model.simulation.report import Report
from stratus.model.values import dataclass

WIDTH, PANEL, LEFT, TOP, GAP = 900, 130, 60, 50, 40
_BLUE, _ORANGE, _GREEN, _RED = "#1f6fb2", "#d9731a", "#3a8f3a", "#b23a3a"


@dataclass(frozen=True)
class Line:
    """One curve: its name, its colour, and its values, one a sample."""

    name: str
    colour: str
    values: tuple[float, ...]


@dataclass(frozen=True)
class Panel:
    """Curves over one another, with the value at the top and how it is written."""

    title: str
    lines: tuple[Line, ...]
    top: float
    unit: str = ""


def picture_of(report: Report, title: str) -> str:
    """The picture as the text of an SVG file."""
    panels = _panels(report)
    height = TOP + len(panels) * (PANEL + GAP) + 20
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        'font-family="sans-serif" font-size="12">'
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>'
        f'<text x="{LEFT}" y="24" font-size="16">{_text(title)}</text>'
    )
    drawn = (_drawn(panel, TOP + number * (PANEL + GAP)) for number, panel in enumerate(panels))
    end = f'<text x="{WIDTH - 20}" y="{height - 12}" text-anchor="end">{span(report.ended_s)}</text>'
    start = f'<text x="{LEFT}" y="{height - 12}">0</text>'
    return "\n".join((head, *drawn, start, end, "</svg>\n"))


def _panels(report: Report) -> tuple[Panel, ...]:
    samples = report.samples
    shares = (
        Line("CPU", _BLUE, tuple(each.cpu for each in samples)),
        Line("RAM", _ORANGE, tuple(each.ram for each in samples)),
        Line("disk", _GREEN, tuple(each.disk for each in samples)),
    )
    running = Line("running", _BLUE, tuple(float(each.running) for each in samples))
    waiting = Line("waiting", _RED, tuple(float(each.waiting) for each in samples))
    down = Line("nodes down", _RED, tuple(float(each.down) for each in samples))
    stranded = Line("free RAM without room for the middle instance", _ORANGE, tuple(each.stranded for each in samples))
    return (
        Panel("promised, of what may be promised", shares, 1.0, "%"),
        Panel("instances", (running, waiting), _most((running, waiting))),
        Panel("fragmentation", (stranded,), 1.0, "%"),
        Panel("outages", (down,), _most((down,))),
    )


def _most(lines: Iterable[Line]) -> float:
    return max((max(line.values, default=0.0) for line in lines), default=0.0) or 1.0


def _drawn(panel: Panel, y: int) -> str:
    bottom, right = y + PANEL, WIDTH - 20
    top = "100%" if panel.unit else f"{panel.top:.0f}"
    parts = [
        f'<text x="{LEFT}" y="{y - 6}">{_text(panel.title)}</text>',
        f'<path d="M{LEFT} {y}H{right}M{LEFT} {bottom}H{right}M{LEFT} {y}V{bottom}" stroke="#999" fill="none"/>',
        f'<text x="{LEFT - 6}" y="{y + 4}" text-anchor="end">{top}</text>',
        f'<text x="{LEFT - 6}" y="{bottom + 4}" text-anchor="end">0</text>',
    ]
    for number, line in enumerate(panel.lines):
        place = right - 110 * (len(panel.lines) - 1 - number)
        parts.append(f'<text x="{place}" y="{y - 6}" text-anchor="end" fill="{line.colour}">{_text(line.name)}</text>')
        points = _points(line.values, panel.top, y)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{line.colour}" stroke-width="1.5"/>')
    return "\n".join(parts)


def _points(values: Sequence[float], top: float, y: int) -> str:
    step = (WIDTH - 20 - LEFT) / max(1, len(values) - 1)
    return " ".join(f"{LEFT + n * step:.1f},{y + PANEL * (1 - value / top):.1f}" for n, value in enumerate(values))


def _text(text: str) -> str:
    return escape("".join(letter if letter.isprintable() else "?" for letter in text))
