"""What a parameter is completed with, by the noun that its help has for it: INSTANCE, IMAGE, TYPE, FILE, KEY."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property

import click
from click.shell_completion import CompletionItem

from stratus.actions import glance
from stratus.config import Config, known_keys
from stratus.config.dialect import walk
from stratus.config.ini import read_text
from stratus.config.sources import Sources
from stratus.config.wrong import FREE_SECTIONS
from stratus.drivers.ledger.protocol import Ledger
from stratus.model.endpoint import endpoint_of
from stratus.model.values import dataclass
from stratus.way import seen
from stratus.way.opening import open_names

FILES = "files"  # the type of an item that stands for whatever files there are

_WORD = re.compile(r"[A-Z][A-Z=-]*")


@dataclass(frozen=True)
class Asked:
    """What is to be completed: the parameter, what has been typed of it, the words of it that are there already."""

    param: click.Parameter
    command: str
    typed: str
    before: tuple[str, ...]
    sources: Sources

    @cached_property
    def config(self) -> Config:
        """The configuration under which the line would run. Raises ConfigError."""
        return self.sources.load()

    def known(self, kind: str) -> list[glance.Named]:
        """What there is of one kind: as the ledger has it, or as it was last seen behind the gate, where nobody is
        asked while somebody waits for a key. Raises StratusError."""
        if endpoint := self.config.text("endpoint").strip():
            names = open_names(self.sources.environ, endpoint_of(endpoint))
            return [glance.Named(*name) for name in names.read(kind)]
        from stratus.look import ledger_to_read

        look = _GLANCES.get(kind)
        return look(ledger_to_read(self.config)) if look else []

    @property
    def noun(self) -> str:
        """What the help calls it, without brackets and dots; "" for what has none."""
        if self.param.name == "section":
            return "SECTION"
        shown = self.param.metavar or (self.param.name or "").upper()
        found = None if shown.startswith("[--") else _WORD.search(shown)
        return found[0].rstrip("-") if found else ""


def candidates(asked: Asked) -> Iterable[CompletionItem]:
    """Everything that the noun may stand for, whether it begins as it was typed or not. Raises StratusError."""
    find = _NOUNS.get(asked.noun)
    return find(asked) if find else ()


def _instances(asked: Asked) -> Iterator[CompletionItem]:
    for each in asked.known(seen.INSTANCES):
        if each.name in asked.before or each.other in asked.before:
            continue
        yield CompletionItem(each.name, help=each.about)
        if asked.typed[:1].isdigit() or asked.noun == "VM-ID":
            yield CompletionItem(each.other, help=f"{each.name}, {each.about}")


def _images(asked: Asked) -> Iterator[CompletionItem]:
    if "/" in asked.typed or asked.typed[:1] in (".", "~"):
        yield CompletionItem(asked.typed, type=FILES)
        return
    for each in asked.known(seen.IMAGES):
        if each.name not in asked.before and each.other not in asked.before:
            yield CompletionItem(each.name, help=each.other)
            if asked.typed:
                yield CompletionItem(each.other, help=each.name)


def _nodes(asked: Asked) -> Iterator[CompletionItem]:
    yield from (CompletionItem(each.name) for each in asked.known(seen.NODES) if each.name not in asked.before)


def _users(asked: Asked) -> Iterator[CompletionItem]:
    for each in asked.known(seen.USERS):
        if each.name not in asked.before:
            yield CompletionItem(each.name, help=each.about)


def _groups(asked: Asked) -> Iterator[CompletionItem]:
    yield from (CompletionItem(each.name) for each in asked.known(seen.GROUPS) if each.name not in asked.before)


def _fingerprints(asked: Asked) -> Iterator[CompletionItem]:
    for each in asked.known(seen.KEYS):
        if each.name not in asked.before:
            yield CompletionItem(each.name, help=each.about)


def _types(asked: Asked) -> Iterator[CompletionItem]:
    from stratus.model.machine_type import STRATUSLAB_TYPES

    if behind := asked.known(seen.TYPES):
        yield from (CompletionItem(each.name, help=each.about) for each in behind)
        return
    amounts = {kind.name: (kind.cpu, kind.ram_mib) for kind in STRATUSLAB_TYPES}
    amounts |= {name: (cpu, ram_mib) for name, (cpu, ram_mib, _) in asked.config.instance_types().items()}
    for name, (cpu, ram_mib) in amounts.items():
        yield CompletionItem(name, help=f"{cpu} CPU, {ram_mib} MiB")


def _networks(asked: Asked) -> Iterator[CompletionItem]:
    from stratus.model.addresses import address_classes

    if behind := asked.known(seen.NETWORKS):
        yield from (CompletionItem(each.name) for each in behind)
        return
    for network in address_classes(asked.config.keys_of_site()):
        yield CompletionItem(network.name)


def _states(asked: Asked) -> Iterator[CompletionItem]:
    from stratus.model.states import State

    yield from (CompletionItem(state.value) for state in State)
    if "ssh" in (asked.param.metavar or ""):
        yield CompletionItem("ssh", help="it answers SSH")


def _keys(asked: Asked) -> Iterator[CompletionItem]:
    if asked.before:
        yield from (CompletionItem(value) for value in _values(asked.before[0])) if len(asked.before) == 1 else ()
        return
    for verb in ("edit", "check") if asked.command == "config" else ():
        yield CompletionItem(verb)
    yield from (CompletionItem(key.name, help=key.help) for key in known_keys().values())


def _settings(asked: Asked) -> Iterator[CompletionItem]:
    name, equals, _ = asked.typed.partition("=")
    if equals:
        yield from (CompletionItem(f"{name}={value}") for value in _values(name))
    else:
        yield from (CompletionItem(f"{key.name}=", help=key.help) for key in known_keys().values())


def _values(name: str) -> tuple[str, ...]:
    key = known_keys().get(name.lower())
    if key is None:
        return ()
    return key.choices or (("true", "false") if key.kind == "boolean" else ())


def _sections(asked: Asked) -> Iterator[CompletionItem]:
    path = asked.sources.user
    own = walk(read_text(path) or "", path, lambda _: None).headers if path else {}
    if asked.command in ("config", "stratus-config"):
        names = dict.fromkeys((*(key.section for key in known_keys().values()), *FREE_SECTIONS, *own))
        yield from map(CompletionItem, names)
    else:
        yield from (CompletionItem(name) for name in own if name not in ("default", *FREE_SECTIONS))


def _files(asked: Asked) -> Iterator[CompletionItem]:
    yield CompletionItem(asked.typed, type=FILES)


_GLANCES: Mapping[str, Callable[[Ledger], list[glance.Named]]] = {
    seen.INSTANCES: glance.instances,
    seen.IMAGES: glance.images,
    seen.NODES: glance.nodes,
    seen.USERS: glance.users,
    seen.GROUPS: glance.groups,
    seen.KEYS: glance.keys,
}
_NOUNS: Mapping[str, Callable[[Asked], Iterable[CompletionItem]]] = {
    "INSTANCE": _instances,
    "VM-ID": _instances,
    "IMAGE": _images,
    "NODE": _nodes,
    "USER": _users,
    "GROUP": _groups,
    "FINGERPRINT": _fingerprints,
    "TYPE": _types,
    "NETWORK": _networks,
    "STATE": _states,
    "STATES": _states,
    "KEY": _keys,
    "KEY=VALUE": _settings,
    "SECTION": _sections,
    "FILE": _files,
}
