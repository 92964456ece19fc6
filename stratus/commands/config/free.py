"""Showing the lines whose names are free: machine types and aliases."""

from collections.abc import Mapping

from stratus import output
from stratus.config import Config
from stratus.config.alias import ALIAS_SECTION, Alias
from stratus.config.sources import Sources
from stratus.config.wrong import TYPES_SECTION
from stratus.errors import ConfigError, NotFound


def rows(config: Config, aliases: Mapping[str, Alias]) -> list[Mapping[str, object]]:
    """Every machine type of the configuration and every alias, as rows like those of keys."""
    types = config.instance_types().items()
    return [
        *(_row(TYPES_SECTION, name, ", ".join(map(str, amounts)), "") for name, amounts in types),
        *(_row(ALIAS_SECTION, each.name, each.text, each.origin) for each in aliases.values()),
    ]


def show_one(sources: Sources, section: str, name: str, *, format: str, origin: bool) -> int:
    """Print what a name stands for. Gives the exit status."""
    if section == TYPES_SECTION:
        return _show_type(sources, name, format)
    alias = sources.aliases().get(name)
    if alias is None:
        raise NotFound(f"there is no alias {name}", hint=f"stratus config --keys -s {ALIAS_SECTION}")
    head = f"{output.clean(alias.origin)}\t" if origin else ""
    data = _row(ALIAS_SECTION, name, alias.text, alias.origin)
    output.value(data, format, lambda: output.show(head + output.clean(alias.text)))
    return 0


def _row(section: str, name: str, value: str, origin: str) -> Mapping[str, object]:
    unset = {"default": "", "accepted": "", "help": ""}
    return {"section": section, "key": name, "value": value, "origin": origin, **unset}


def _show_type(sources: Sources, name: str, format: str) -> int:
    types = sources.load().instance_types()
    if name not in types:
        raise ConfigError(f"there is no machine type {name} in [{TYPES_SECTION}]", hint="stratus run --list-types")
    cpu, ram_mib, swap_mib = types[name]
    data = {"section": TYPES_SECTION, "key": name, "cpu": cpu, "ram_mib": ram_mib, "swap_mib": swap_mib}
    output.value(data, format, lambda: output.show(f"{cpu}, {ram_mib}, {swap_mib}"))
    return 0
