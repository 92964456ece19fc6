"""What ssh says, and what a user is told: real last words of OpenSSH 9.2."""

import pytest

from stratus.drivers.gate.trouble import trouble_of
from stratus.errors import Denied, GateUnreachable
from stratus.model.endpoint import endpoint_of

CLOUD = endpoint_of("ssh://cloud.example.org")
CHANGED = """\
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!
The fingerprint for the ED25519 key sent by the remote host is
SHA256:q0xJx0hq1Xr2pcbUHkGTVbNYHlZbVMOFxzc4Ktm3rSw.
Offending ED25519 key in /home/alice/.stratuslab/ssh/known_hosts:1
Host key for [cloud.example.org]:2222 has changed and you have requested strict checking.
Host key verification failed.
"""
UNKNOWN = """\
No ED25519 host key is known for [cloud.example.org]:2222 and you have requested strict checking.
Host key verification failed.
"""


@pytest.mark.parametrize(
    ("said", "kind", "words", "fix"),
    [
        (CHANGED, Denied, "HAS CHANGED", "--host-key SHA256:q0xJx0hq1Xr2pcbUHkGTVbNYHlZbVMOFxzc4Ktm3rSw"),
        (UNKNOWN, Denied, "is not known here", "stratus login ssh://cloud.example.org"),
        ("stratus@c: Permission denied (publickey).\n", Denied, "takes none of your keys", "stratus login"),
        (
            "Received disconnect from 10.0.0.1 port 2222:2: Too many authentication failures\n"
            "Disconnected from 10.0.0.1 port 2222\n",
            Denied,
            "takes none of your keys",
            "-i KEY",
        ),
        ("stratus@c: Permission denied (password).\n", GateUnreachable, "is no gate", "port"),
        ("ssh: Could not resolve hostname c: Name or service not known\n", GateUnreachable, "no machine", "getent"),
        (
            "ssh: connect to host c port 2222: Connection refused\n",
            GateUnreachable,
            "nothing answers at cloud.example.org, port 2222: Connection refused",
            "ssh-keyscan -p 2222",
        ),
        ("ssh: connect to host c port 2222: Connection timed out\n", GateUnreachable, "timed out", "ssh-keyscan"),
        (
            "kex_exchange_identification: Connection closed by remote host\nConnection closed by 10.0.0.1 port 2222\n",
            GateUnreachable,
            "nothing answers",
            "ssh-keyscan",
        ),
        ("Bad configuration option: frobnicate\n", GateUnreachable, "Bad configuration option", "ssh -v -p 2222"),
        ("", GateUnreachable, "cannot be reached", "ssh -v -p 2222 stratus@cloud.example.org"),
        ("\x1b]0;evil\x07 \u202e\n" * 9999, GateUnreachable, "cannot be reached", "ssh -v"),
    ],
)
def test_the_cause_comes_first_and_then_the_one_command(said, kind, words, fix):
    trouble = trouble_of(CLOUD, 255, said)
    assert type(trouble) is kind
    assert words in trouble.message and fix in trouble.hint
    assert len(trouble.message) < 500


def test_another_status_is_that_of_what_runs_on_the_front_end():
    trouble = trouble_of(CLOUD, 126, "stratus-gate: this is no shell\n")
    assert "ended the channel with status 126; it said: stratus-gate: this is no shell" in trouble.message
