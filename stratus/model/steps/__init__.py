"""The steps that orders are made of: what to do, as data, and the command lines that stand behind each."""

from stratus.model.steps.domains import DefineDomain, PressPower, RebootDomain, StartDomain, StopDomain, UndefineDomain
from stratus.model.steps.files import (
    CheckImage,
    CloneDisk,
    MakeDisk,
    MakeFolder,
    RemoveFolder,
    SetAside,
    SetFileAside,
    WriteContext,
    WriteRecord,
)
from stratus.model.steps.ports import EnsureBridge, PlugPort, UnplugPort

Step = (
    CheckImage
    | MakeFolder
    | WriteRecord
    | CloneDisk
    | MakeDisk
    | WriteContext
    | RemoveFolder
    | SetAside
    | SetFileAside
    | EnsureBridge
    | PlugPort
    | UnplugPort
    | DefineDomain
    | StartDomain
    | PressPower
    | StopDomain
    | RebootDomain
    | UndefineDomain
)

__all__ = [
    "CheckImage",
    "CloneDisk",
    "DefineDomain",
    "EnsureBridge",
    "MakeDisk",
    "MakeFolder",
    "PlugPort",
    "PressPower",
    "RebootDomain",
    "RemoveFolder",
    "SetAside",
    "SetFileAside",
    "StartDomain",
    "Step",
    "StopDomain",
    "UndefineDomain",
    "UnplugPort",
    "WriteContext",
    "WriteRecord",
]
