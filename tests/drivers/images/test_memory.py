from collections.abc import Iterator
from pathlib import Path

import pytest

from stratus.drivers.images.memory import MemoryImageStore
from tests.drivers.images.contract import LIMITS, ImageStoreContract, World


class MemoryWorld:
    def __init__(self) -> None:
        self.sources: dict[str, bytes] = {}
        self.store = MemoryImageStore(self.sources, limits=LIMITS)

    def put(self, name: str, content: bytes) -> str:
        self.sources[f"/images/{name}"] = content
        return f"/images/{name}"

    def damage(self, identifier: str) -> None:
        self.store.contents[identifier] = bytes(512)


class TestMemoryImageStore(ImageStoreContract):
    @pytest.fixture
    def world(self, tmp_path: Path) -> Iterator[World]:
        yield MemoryWorld()
