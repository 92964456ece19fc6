"""The command line as a user types it: bin/stratus in a process of its own, with a deadline."""

import json
import os
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

STRATUS = Path(__file__).resolve().parents[2] / "bin" / "stratus"


@dataclass(frozen=True)
class Result:
    """How one command ended."""

    argv: tuple[str, ...]
    status: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """Standard output, which was asked for with `-o json`."""
        return json.loads(self.stdout)


@dataclass(frozen=True)
class Stratus:
    """Calls the command line; `home` is the user's home folder, which holds no keys of anybody else."""

    home: Path
    extra: Mapping[str, str] = field(default_factory=dict)
    prefix: tuple[str, ...] = ()  # a program that runs the command line elsewhere

    @property
    def environ(self) -> dict[str, str]:
        """The environment of every command."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("STRATUSLAB_")}
        return {**kept, "HOME": str(self.home), "LC_ALL": "C.UTF-8", **self.extra}

    def argv(self, line: str, *words: str) -> list[str]:
        """The command line: `line` is split as a shell does it, `words` are taken as they are."""
        return [*self.prefix, str(STRATUS), *shlex.split(line), *words]

    def __call__(
        self, line: str, *words: str, status: int | None = 0, input: str = "", timeout_s: float = 150
    ) -> Result:
        """The result; its exit status is held against `status` unless that is None."""
        argv = self.argv(line, *words)
        done = subprocess.run(
            argv, input=input.encode(), capture_output=True, timeout=timeout_s, check=False, env=self.environ
        )
        result = Result(tuple(argv), done.returncode, done.stdout.decode(), done.stderr.decode())
        if status is not None:
            assert result.status == status, f"{shlex.join(argv)}: {result.status}\n{result.stdout}{result.stderr}"
        return result

    def rows(self, line: str, *words: str) -> list[dict[str, Any]]:
        """The rows of a listing."""
        found: list[dict[str, Any]] = self(f"{line} -o json", *words).json
        return found
