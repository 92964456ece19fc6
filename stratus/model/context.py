"""What a new instance is told: the context disk's content, made by pure rules from the request."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ContextDisk:
    """A small read-only disk: its volume label and its files by name."""

    label: str
    files: tuple[tuple[str, bytes], ...]
