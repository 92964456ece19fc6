"""The clouds of a user: each section of their configuration is one."""

from stratus.config.config import Config
from stratus.config.dialect import walk
from stratus.config.ini import read_text
from stratus.config.load import DEFAULT_SECTION
from stratus.config.naming import variable_of
from stratus.config.sources import Sources
from stratus.config.wrong import FREE_SECTIONS
from stratus.model.values import dataclass

_SELECTED = "selected_section"
_OF_ONE = ("endpoint", "gate_key")  # what -c or a variable says of these is about the selected cloud only


@dataclass(frozen=True)
class CloudSection:
    """One cloud: the section's name ("" for [default] where no section is selected), and where it is."""

    name: str
    endpoint: str  # "" = this machine
    gate_key: str
    selected: bool


def clouds_of(sources: Sources) -> tuple[CloudSection, ...]:
    """Every cloud that a command can be told to use, the selected one first. Raises ConfigError."""
    config = sources.load()
    selected = config.text(_SELECTED)
    names = [name for name in _sections(sources) if name != selected]
    return (_cloud(config, selected, True), *(_cloud(_load(sources, name), name, False) for name in names))


def _sections(sources: Sources) -> list[str]:
    path = sources.user
    text = read_text(path) if path else None
    if path is None or text is None:
        return []
    return [name for name in walk(text, path).headers if name and name not in (DEFAULT_SECTION, *FREE_SECTIONS)]


def _load(sources: Sources, section: str) -> Config:
    environ = {name: text for name, text in sources.environ.items() if name not in map(variable_of, _OF_ONE)}
    overrides = {name: text for name, text in sources.overrides.items() if name not in _OF_ONE}
    return Sources(environ, {**overrides, _SELECTED: section}, sources.user_file, sources.site_file).load()


def _cloud(config: Config, name: str, selected: bool) -> CloudSection:
    return CloudSection(name, config.text("endpoint").strip(), config.text("gate_key"), selected)
