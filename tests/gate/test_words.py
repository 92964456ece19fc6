"""What a session may be for, whatever SSH_ORIGINAL_COMMAND says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratus.errors import Denied
from stratus.gate.words import Console, Protocol, Tunnel, wanted


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (None, Protocol()),
        ("", Protocol()),
        ("stratus-gate", Protocol()),
        ("stratus-gate console web", Console("web")),
        ("stratus-gate console 'a b;$(id)'", Console("a b;$(id)")),  # it is looked for among the user's instances
        ("stratus-gate tunnel 12 22", Tunnel("12", 22)),
        ("stratus-gate tunnel web 65535", Tunnel("web", 65535)),
    ],
)
def test_three_things_are_to_be_had(text: str | None, what: object) -> None:
    assert wanted(text) == what


@pytest.mark.parametrize(
    "text",
    [
        *("sh", "/bin/sh", "-c id", "scp -t /tmp", "rsync --server", "internal-sftp", "stratus describe"),
        *("stratus-gate serve", "stratus-gate --help", "stratus-gate console", "stratus-gate console a b"),
        *("stratus-gate console ''", "stratus-gate tunnel a", "stratus-gate tunnel a 0", "stratus-gate tunnel a 65536"),
        *("stratus-gate tunnel a -1", "stratus-gate tunnel a 22x", "stratus-gate tunnel a \u0662\u0662"),
        *("stratus-gate\nid", "stratus-gate;id", "stratus-gate 'console", "STRATUS-GATE", "x" * 100_000),
        f"stratus-gate console {'x' * 257}",
    ],
    ids=lambda text: text[:30],
)
def test_everything_else_is_refused_and_told_in_few_words(text: str) -> None:
    with pytest.raises(Denied, match="not a shell") as caught:
        wanted(text)
    assert len(caught.value.message) < 500


@given(st.text(max_size=300))
def test_whatever_is_typed_is_refused_or_one_of_three(text: str) -> None:
    try:
        assert isinstance(wanted(text), Protocol | Console | Tunnel)
    except Denied:
        pass
