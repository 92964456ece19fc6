"""Moments and spans as people and programs read them. Pure."""

from datetime import UTC, datetime

from stratus.errors import BadInput


def iso(at_s: float) -> str:
    """A moment by ISO 8601, to the second, in UTC; "" for none."""
    return f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%dT%H:%M:%SZ}" if at_s else ""


def span(seconds: float) -> str:
    """A span by its two largest units: 12s, 3m12s, 5h3m, 12d4h."""
    whole = max(0, int(seconds))
    minutes, hours, days = whole // 60, whole // 3600, whole // 86400
    if not minutes:
        return f"{whole}s"
    if not hours:
        return f"{minutes}m{whole % 60}s"
    if not days:
        return f"{hours}h{minutes % 60}m"
    return f"{days}d{hours % 24}h"


_UNITS_S = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 7 * 86400.0}


def moment_of(text: str, now_s: float) -> float:
    """The moment that a person means: so long ago (90s, 15m, 2h, 7d, 1w), or a date, with a time or without, by ISO
    8601; where that names no zone it is the local one. Raises BadInput."""
    number, unit = text[:-1], text[-1:]
    if unit in _UNITS_S and number.isascii() and number.isdigit() and len(number) < 7:
        return now_s - int(number) * _UNITS_S[unit]
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError, OSError) as error:
        raise BadInput(f"{text!r} is no moment", hint="say 2h, 7d, 2026-11-20 or 2026-11-20T18:30") from error
