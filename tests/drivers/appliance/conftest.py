"""The appliance, built once for all tests that boot it, and a key that opens it."""

import os
import subprocess
from pathlib import Path

import pytest

from stratus.drivers.appliance.debian import DebianApplianceBuilder


@pytest.fixture(scope="session")
def package_cache(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Where package files are kept: the folder STRATUS_PACKAGE_CACHE if it is set, else they are downloaded."""
    return os.environ.get("STRATUS_PACKAGE_CACHE") or str(tmp_path_factory.mktemp("packages"))


@pytest.fixture(scope="session")
def tiny_image(tmp_path_factory: pytest.TempPathFactory, package_cache: str) -> Path:
    """The image."""
    target = tmp_path_factory.mktemp("tiny") / "tiny.qcow2"
    builder = DebianApplianceBuilder(package_cache)
    assert builder.build("tiny", str(target), progress=lambda phase, done, total: None) == "qcow2"
    return target


@pytest.fixture(scope="session")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("key") / "id_ed25519"
    make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "tester@home", "-f", str(path)]
    subprocess.run(make, check=True, timeout=30, stdin=subprocess.DEVNULL)
    return path
