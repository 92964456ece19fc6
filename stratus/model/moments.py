"""Moments and spans as people and programs read them. Pure."""

from datetime import UTC, datetime


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
