"""Plans: the steps that carry an instance from where it is to where it shall be. Pure, and what `--plan` prints."""

import posixpath
from collections.abc import Sequence
from typing import Protocol

from stratus.model.argv import Argv
from stratus.model.context.values import ContextDisk
from stratus.model.instance import Blueprint, Instance
from stratus.model.network import Bridge
from stratus.model.paths import NodePaths
from stratus.model.record import record_text
from stratus.model.steps import (
    CheckImage,
    CloneDisk,
    DefineDomain,
    EnsureBridge,
    MakeDisk,
    MakeFolder,
    PlugPort,
    PressPower,
    RebootDomain,
    RemoveFolder,
    StartDomain,
    Step,
    StopDomain,
    UndefineDomain,
    UnplugPort,
    WriteContext,
    WriteRecord,
)
from stratus.model.takes import Takes
from stratus.model.values import dataclass


@dataclass(frozen=True)
class PlannedStep:
    """One step in words and as command lines."""

    title: str
    commands: tuple[Argv, ...]

    def explain(self) -> tuple[Argv, ...]:
        """The command lines."""
        return self.commands


NOWHERE = "no node yet"  # where the plan of an instance that waits for room is carried out


@dataclass(frozen=True)
class Plan:
    """What would be done for one request on one node, and what it would take."""

    verb: str
    target: str
    node: str
    takes: Takes
    steps: tuple[PlannedStep, ...]


class Explained(Protocol):
    """What a step of any kind can say of itself."""

    @property
    def title(self) -> str:
        """What a person reads."""
        ...

    def explain(self) -> tuple[Argv, ...]:
        """The command lines."""
        ...


def planned(verb: str, instance: Instance, steps: Sequence[Explained], takes: Takes) -> Plan:
    """The plan of what is done to an instance."""
    return Plan(verb, f"{instance.id} ({instance.name})", instance.node, takes, shown(steps))


def shown(steps: Sequence[Explained]) -> tuple[PlannedStep, ...]:
    """The steps as a plan has them."""
    return tuple(PlannedStep(step.title, step.explain()) for step in steps)


@dataclass(frozen=True)
class ImageOnNode:
    """The image that an instance is cloned from."""

    identifier: str
    path: str
    format: str
    sha256: str


def steps_to_run(
    instance: Instance, blueprint: Blueprint, image: ImageOnNode, bridge: Bridge, context: ContextDisk, uri: str
) -> tuple[Step, ...]:
    """From nothing to a running instance."""
    folder, root = blueprint.directory, blueprint.domain.disks[0]
    return (
        CheckImage(image.identifier, image.path, image.sha256),
        MakeFolder(folder),
        WriteRecord(f"{folder}/instance.json", record_text(instance, blueprint)),
        CloneDisk(image.path, image.format, root.path, root.format),
        *(MakeDisk(disk.path, disk.size_mib, disk.filesystem) for disk in blueprint.extra_disks),
        WriteContext(f"{folder}/context.iso", context),
        EnsureBridge(bridge, _networks(blueprint)),
        PlugPort(blueprint.port, _networks(blueprint), bridge.dhcp),
        DefineDomain(uri, blueprint.domain, f"{folder}/domain.xml"),
        StartDomain(uri, instance.domain),
    )


def steps_to_start(instance: Instance, blueprint: Blueprint, bridge: Bridge, uri: str) -> tuple[Step, ...]:
    """From a stopped instance to a running one; the machine is defined as it was."""
    folder = blueprint.directory
    return (
        EnsureBridge(bridge, _networks(blueprint)),
        PlugPort(blueprint.port, _networks(blueprint), bridge.dhcp),
        DefineDomain(uri, blueprint.domain, f"{folder}/domain.xml"),
        StartDomain(uri, instance.domain),
    )


def steps_to_stop(instance: Instance, uri: str, *, force: bool, deadline_s: float) -> tuple[Step, ...]:
    """From a running instance to one that is off, with its disks kept."""
    return (StopDomain(uri, instance.domain),) if force else (PressPower(uri, instance.domain, deadline_s),)


def steps_to_kill(instance: Instance, blueprint: Blueprint, uri: str) -> tuple[Step, ...]:
    """From any state to nothing."""
    return (
        StopDomain(uri, instance.domain),
        UndefineDomain(uri, instance.domain),
        UnplugPort(blueprint.port, _networks(blueprint)),
        RemoveFolder(blueprint.directory),
    )


def steps_to_shut_down(instance: Instance, blueprint: Blueprint, uri: str, *, deadline_s: float) -> tuple[Step, ...]:
    """A clean power-off, then nothing is left."""
    return (PressPower(uri, instance.domain, deadline_s), *steps_to_kill(instance, blueprint, uri)[1:])


def steps_to_reboot(instance: Instance, uri: str, *, hard: bool) -> tuple[Step, ...]:
    """The same instance, booted again."""
    return (RebootDomain(uri, instance.domain, hard),)


def _networks(blueprint: Blueprint) -> str:
    """The node's folder for networks; instances lie two levels below the same state directory."""
    return NodePaths(posixpath.dirname(posixpath.dirname(blueprint.directory))).networks
