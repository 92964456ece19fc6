"""What a new instance is told: from a user's request to the small disk that the guest reads, by pure rules."""

from stratus.model.context.disk import context_disk, nic_of
from stratus.model.context.pairs import merged, parse_file, parse_pairs
from stratus.model.context.pubkeys import parse_public_keys
from stratus.model.context.values import (
    CLOUD_INIT,
    METHODS,
    ONE,
    ContextDisk,
    ContextInstance,
    ContextNic,
    ContextRequest,
    UserDataPart,
)

__all__ = [
    "CLOUD_INIT",
    "METHODS",
    "ONE",
    "ContextDisk",
    "ContextInstance",
    "ContextNic",
    "ContextRequest",
    "UserDataPart",
    "context_disk",
    "merged",
    "nic_of",
    "parse_file",
    "parse_pairs",
    "parse_public_keys",
]
