"""The configuration: defaults < /etc/stratuslab < ~/.stratuslab < STRATUSLAB_* < options; each knows its origin."""

from stratus.config.config import Config
from stratus.config.keys import REFERENCE_DIR, Key, known_keys
from stratus.config.load import load

__all__ = ["REFERENCE_DIR", "Config", "Key", "known_keys", "load"]
