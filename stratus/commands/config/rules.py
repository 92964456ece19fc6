"""The rules that the configuration must keep as a whole: those of the networks, and of the machine types."""

from collections.abc import Iterator

from stratus.cloud import settings_of
from stratus.config import Config
from stratus.errors import ConfigError, StratusError


def rules(config: Config) -> Iterator[ConfigError]:
    """What the cloud itself would refuse."""
    try:
        settings = settings_of(config)
    except StratusError as wrong:
        yield ConfigError(wrong.message, hint=wrong.hint)
        return
    if settings.default_type not in settings.types:
        where = config.origin("default_instance_type")
        known = ", ".join(settings.types)
        yield ConfigError(
            f"{where}: default_instance_type: {settings.default_type!r} is no machine type", hint=f"one of: {known}"
        )
