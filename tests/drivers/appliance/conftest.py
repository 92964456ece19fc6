"""The appliance, built once for all tests that boot it, and a key that opens it."""

import os
import subprocess
from pathlib import Path

import pytest

from stratus.drivers.appliance.debian import DebianApplianceBuilder


@pytest.fixture(scope="session")
def tiny_image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The image; the packages come from the folder STRATUS_PACKAGE_CACHE if it is set, else they are downloaded."""
    folder = tmp_path_factory.mktemp("tiny")
    builder = DebianApplianceBuilder(os.environ.get("STRATUS_PACKAGE_CACHE") or str(folder / "packages"))
    target = folder / "tiny.qcow2"
    assert builder.build("tiny", str(target), progress=lambda phase, done, total: None) == "qcow2"
    return target


@pytest.fixture(scope="session")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("key") / "id_ed25519"
    make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "tester@home", "-f", str(path)]
    subprocess.run(make, check=True, timeout=30, stdin=subprocess.DEVNULL)
    return path
