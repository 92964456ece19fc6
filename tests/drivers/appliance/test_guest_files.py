"""The guest's own files, tried with the same busybox that the guest has: `apt-get install busybox-static`."""

import base64
import json
import re
import subprocess
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from pathlib import Path

import pytest
import yaml

import stratus.drivers.appliance
from stratus.drivers.appliance.recipes import CLUSTER, TINY, Recipe

TREES = Path(stratus.drivers.appliance.__file__).parent
ROOT, CLUSTER_ROOT = TREES / "tiny/root", TREES / "cluster/root"
LIB = ROOT / "lib/stratus"


def scripts(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file() and path.read_bytes().startswith(b"#!"))


SHELL = sorted({*scripts(ROOT), LIB / "lib.sh"})
CLUSTER_SHELL = scripts(CLUSTER_ROOT)


def busybox(*argv: str, stdin: bytes = b"") -> bytes:
    done = subprocess.run(["busybox", *argv], input=stdin, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stderr == b""
    return done.stdout


def flat(document: str) -> list[str]:
    return busybox("awk", "-f", str(LIB / "yaml.awk"), stdin=document.encode()).decode().splitlines()


@pytest.mark.parametrize("script", [*SHELL, *CLUSTER_SHELL], ids=lambda path: path.name)
def test_a_script_is_good_shell(script: Path) -> None:
    busybox("sh", "-n", str(script))
    # 1091: what is sourced lies in the guest; 2174: mkdir -p -m means the deepest folder.
    argv = ["shellcheck", "--shell=dash", "--exclude=SC1091,SC2174", str(script)]
    done = subprocess.run(argv, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout.decode()


@pytest.mark.parametrize(("files", "recipe"), [(SHELL, TINY), (CLUSTER_SHELL, CLUSTER)], ids=["tiny", "cluster"])
def test_every_command_of_the_scripts_is_one_that_the_builder_looks_for(files: list[Path], recipe: Recipe) -> None:
    known = set(busybox("--list").decode().split())
    words: set[str] = set()
    for script in files:
        code = re.sub(r"(?m)#.*$|'[^']*'", "", script.read_text())
        words |= set(
            re.findall(
                r"(?:^|[|&;(`]|\$\(|\b(?:then|do|else|if|while|exec|env -i PATH=/bin|timeout 10) ) *([a-z0-9]+)\b",
                code,
                re.MULTILINE,
            )
        )
    own = {"exit", "exec", "read", "eval", "shift", "case", "in", "if", "done", "fi", "esac", "do", "for", "while", "until", "return", "trap", "unset", "set", "break", "continue", "cd", "export", "echo", "then", "else", "elif", "printf", "usleep", "true"}  # fmt: skip

    assert words & known - own <= set(recipe.applets) | own


def test_no_password_opens_the_appliance() -> None:
    for root in (ROOT, CLUSTER_ROOT):
        shadow = (root / "etc/shadow").read_text().splitlines()
        assert all(line.split(":")[1] == "*" for line in shadow)
    assert 'dropbear -r "$2" -s -g' in (LIB / "sshd.sh").read_text()
    assert "PasswordAuthentication no\n" in (CLUSTER_ROOT / "etc/ssh/sshd_config").read_text()


def test_json_is_read_with_every_escape() -> None:
    value = {
        "local-hostname": "h1",
        "public-keys": ['ssh-rsa A== a"b', "k\\2"],
        "n": {"x": ["\u00e9\U0001f600", "a\nb", ""]},
    }

    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False, indent=1)):
        assert flat(text) == [
            "local-hostname=h1",
            'public-keys/0=ssh-rsa A== a"b',
            "public-keys/1=k\\\\2",
            "n/x/0=\u00e9\U0001f600",
            "n/x/1=a\\nb",
            "n/x/2=",
        ]


def test_the_yaml_that_people_write_is_read() -> None:
    document = """\
#cloud-config
# a remark
hostname: web-1   # the name
fqdn: 'it''s.example.org'
ssh_authorized_keys:
- ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQDtE0000000000000000000000000000000000
  folded by a writer
- "ssh-ed25519 AAAA \\"q\\" \\u00e9 é"
users:
  - default
  - name: joe
    ssh_authorized_keys: [ "ssh-rsa a,b c", ssh-rsa d ]
  - name: jane
    ssh_authorized_keys:
      - ssh-dss k1
runcmd:
 - echo one > /tmp/one
 - [ sh, -c, "echo 'two $x'" ]
 - - touch
   - it's
 - |
   for i in 1 2; do

     echo $i
   done
 - >-
   folded
   text
 - 'echo "a: b"'
empty:
nothing: {}
last: https://x.y/z
"""
    assert flat(document) == [
        "hostname=web-1",
        "fqdn=it's.example.org",
        "ssh_authorized_keys/0=ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQDtE0000000000000000000000000000000000 folded by a writer",
        'ssh_authorized_keys/1=ssh-ed25519 AAAA "q" é é',
        "users/0=default",
        "users/1/name=joe",
        "users/1/ssh_authorized_keys/0=ssh-rsa a,b c",
        "users/1/ssh_authorized_keys/1=ssh-rsa d",
        "users/2/name=jane",
        "users/2/ssh_authorized_keys/0=ssh-dss k1",
        "runcmd/0=echo one > /tmp/one",
        "runcmd/1/0=sh",
        "runcmd/1/1=-c",
        "runcmd/1/2=echo 'two $x'",
        "runcmd/2/0=touch",
        "runcmd/2/1=it's",
        "runcmd/3=for i in 1 2; do\\n\\n  echo $i\\ndone\\n",
        "runcmd/4=folded text",
        'runcmd/5=echo "a: b"',
        "last=https://x.y/z",
    ]


def test_what_a_yaml_library_writes_is_read_back() -> None:

    key = "ssh-rsa " + "A" * 372 + "== someone at a host with a long name, and more: of it #1"
    value = {"public-keys": [key, "k: 2", "'", '"', "- x", "a # b"], "deep": [{"a": ["b", {"c": "d\ne\n"}]}, ["f"]]}

    for style in (None, False, True):
        for width in (80, 1000):
            lines = flat(yaml.safe_dump(value, default_flow_style=style, width=width))
            assert lines == [
                "deep/0/a/0=b",
                "deep/0/a/1/c=d\\ne\\n",
                "deep/1/0=f",
                f"public-keys/0={key}",
                "public-keys/1=k: 2",
                "public-keys/2='",
                'public-keys/3="',
                "public-keys/4=- x",
                "public-keys/5=a # b",
            ]


def test_runcmd_becomes_a_script_in_which_words_are_words() -> None:
    document = "#cloud-config\nruncmd:\n- echo $((1+1))\n- [printf, '%s|', \"a'b $x\", '*']\n- |\n  for i in 1 2; do\n    echo \\\\$i\n  done\n"
    lines = "\n".join(flat(document)) + "\n"
    script = busybox("awk", "-f", str(LIB / "runcmd.awk"), stdin=lines.encode())

    assert busybox("sh", stdin=script) == b"2\na'b $x|*|\\1\n\\2\n"


def test_multipart_user_data_is_split_into_its_parts(tmp_path: Path) -> None:
    message = MIMEMultipart()
    script = "#!/bin/sh\necho é '--x'\n"
    message.attach(MIMEText(script, "x-shellscript", "utf-8"))
    message.attach(MIMEText("#cloud-config\nhostname: a\n", "cloud-config", "us-ascii"))
    message.attach(MIMEText("third", "plain"))
    for number, data in enumerate((message.as_bytes(), message.as_bytes().replace(b"\n", b"\r\n"))):
        folder = tmp_path / str(number)
        folder.mkdir()
        busybox("awk", "-v", f"folder={folder}", "-f", str(LIB / "mime.awk"), stdin=data)

        heads = [(folder / f"0{part}.head").read_text().split() for part in (1, 2, 3)]
        assert heads == [["text/x-shellscript", "base64"], ["text/cloud-config", "7bit"], ["text/plain", "7bit"]]
        assert base64.b64decode((folder / "01.body").read_bytes()).decode() == script
        assert (folder / "02.body").read_bytes().replace(b"\r", b"") == b"#cloud-config\nhostname: a\n"
        assert len(list(folder.iterdir())) == 6


@pytest.mark.parametrize(
    "data", [b"#!/bin/sh\necho: x\n\n--a\n", b"#cloud-config\nhostname: a\n\n--x\n", b"", b"a: b\n\nc\n"]
)
def test_user_data_that_is_no_message_gives_no_parts(tmp_path: Path, data: bytes) -> None:
    busybox("awk", "-v", f"folder={tmp_path}", "-f", str(LIB / "mime.awk"), stdin=data)

    assert list(tmp_path.iterdir()) == []


def saved(tmp_path: Path, context: bytes) -> dict[str, bytes]:
    (tmp_path / "context.sh").write_bytes(context)
    (tmp_path / "vars").mkdir()
    argv = [
        "env",
        "-i",
        "PATH=/bin",
        "busybox",
        "sh",
        str(LIB / "variables.sh"),
        str(tmp_path / "context.sh"),
        str(tmp_path / "vars"),
    ]
    subprocess.run(argv, capture_output=True, timeout=60, check=False)
    return {path.name: path.read_bytes() for path in (tmp_path / "vars").iterdir()}


def single_quoted(value: bytes) -> bytes:
    return b"'" + value.replace(b"'", b"'\\''") + b"'"


def test_every_byte_of_a_context_variable_is_kept(tmp_path: Path) -> None:
    values = {
        "ALL": bytes(range(1, 256)) * 2,
        "KEYS": b"ssh-rsa A a@b\nssh-rsa B b@c\n",
        "QUOTES": b"a\"b'c`d $HOME $(id) \\ \\n %s *",
        "LINES": b"\n\nx\n\nFAKE=1\nPATH=/nowhere\n",
        "EMPTY": b"",
        "UTF": "é\u20ac\U0001f600".encode(),
        "_x9": b"-n",
    }
    text = b"".join(name.encode() + b"=" + single_quoted(value) + b"\n" for name, value in values.items())

    assert saved(tmp_path, text) == values


def test_stratuslabs_double_quoted_lines_and_exports_are_understood(tmp_path: Path) -> None:
    found = saved(
        tmp_path,
        b'#\n\nPUBLIC_KEY="ssh-rsa A\nssh-rsa B"\n  export OTHER="a \\"b\\" \\$c"\nIFS="x"\nPATH="/none"\nAFTER="y"\n',
    )

    assert found == {
        "PUBLIC_KEY": b"ssh-rsa A\nssh-rsa B",
        "OTHER": b'a "b" $c',
        "IFS": b"x",
        "PATH": b"/none",
        "AFTER": b"y",
    }


@pytest.mark.parametrize("end", [b"exit 3", b"fi", b'C="unfinished', b"return 1"])
def test_what_comes_before_an_exit_or_a_mistake_is_kept(tmp_path: Path, end: bytes) -> None:
    found = saved(tmp_path, b"A='1'\nB='2'\n" + end + b"\nD='4'\n")

    assert {name: found.get(name) for name in "AB"} == {"A": b"1", "B": b"2"}
    assert "D" not in found
