"""The rules that the configuration must keep as a whole: of networks, machine types and the columns of listings."""

from collections.abc import Iterator
from typing import Any

from stratus.cloud import settings_of
from stratus.commands.describe import INSTANCES
from stratus.commands.image.shown import IMAGES
from stratus.commands.node.listing import NODES
from stratus.config import Config
from stratus.errors import ConfigError, StratusError, UsageError
from stratus.model.listing import Listing, columns_of


def rules(config: Config) -> Iterator[ConfigError]:
    """What the cloud itself, or a listing, would refuse."""
    yield from filter(None, (_wrong_columns(config, listing) for listing in (INSTANCES, IMAGES, NODES)))
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


def _wrong_columns(config: Config, listing: Listing[Any]) -> ConfigError | None:
    key = listing.columns_key
    try:
        columns_of(listing, config.text(key) or listing.usual[0])
    except UsageError as wrong:
        return ConfigError(f"{config.origin(key)}: {key}: {wrong.message}", hint=wrong.hint)
    return None
