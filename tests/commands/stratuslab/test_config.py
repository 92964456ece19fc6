"""stratus-config: the lines of StratusLab's installation tutorial, and what its scripts read."""

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from stratus.config.sources import Sources

ROOT = Path(__file__).parents[3]
SCRIPT = Path(__file__).with_name("installation.txt").read_text()
FRONT_END = "134.158.75.2"
LINES = re.split(r"^(?=stratus-config )", SCRIPT, flags=re.MULTILINE)[1:]
SECTIONS = f"""
[{FRONT_END}]
        type=LVM
        volume_name = /dev/vg.02
        lun_namespace = stratuslab
        volume_snapshot_prefix = pdisk_clone
        initiator_group =
"""
AFTERWARDS = {
    "frontend_system": "centos",
    "frontend_ip": FRONT_END,
    "persistent_disk_ip": FRONT_END,
    "persistent_disk_port": "443",
    "persistent_disk_merge_auth_with_proxy": "True",
    "persistent_disk_lvm_device": "/dev/vg.02",
    "persistent_disk_backend_sections": SECTIONS,
    "default_gateway": FRONT_END,
    "one_public_network_addr": "134.158.xx.yy 134.158.xx.yy 134.158.xx.yy",
    "one_public_network_mac": "0a:0a:86:9e:49:2a 0a:0a:86:9e:49:2b 0a:0a:86:9e:49:2c",
    "dhcp": "True",
    "dhcp_subnet": "134.158.75.0",
    "dhcp_lease_time": "3600",
    "dhcp_one_public_network_routers": FRONT_END,
    "dhcp_one_public_network_domain_name_servers": "134.158.91.80, 134.158.88.149",
    "dhcp_one_local_network_domain_name_servers": "134.158.91.80, 134.158.88.149",
    "node_system": "centos",
    "node_bridge_configure": "True",
    "node_bridge_name": "br0",
    "node_network_interface": "eth0",
}


@pytest.fixture
def site(old, tmp_path):
    """The folder of the site's configuration, for the shell `old`."""
    folder = tmp_path / "etc"
    folder.mkdir()
    environ = {"HOME": str(old.home), "STRATUSLAB_CONFIG_DIR": str(folder)}
    old.given = type(old.given)(environ, old.given.opener)
    old.new_session = type(old.new_session)(old.new_session.func, given=old.given)
    return folder / "stratuslab.cfg"


def test_the_lines_of_the_installation_work_as_they_stand(old, site):
    for line in LINES:
        typed = line.removeprefix("stratus-").replace("$FRONTEND_IP", FRONT_END).replace("\\\n", "")
        assert (said := old(typed)).status == 0, (line, said)
    config = Sources({"STRATUSLAB_CONFIG_DIR": str(site.parent)}).load()
    assert {key: config.text(key) for key in AFTERWARDS} == AFTERWARDS


@pytest.mark.slow
def test_they_work_in_a_shell_with_the_launcher(site):
    environ = {"PATH": f"{ROOT}/bin:{os.environ['PATH']}", "HOME": str(site.parent), "FRONTEND_IP": FRONT_END}
    some = [line for line in LINES if "sections" in line or "_mac" in line or "name_servers" in line or " -k" in line]
    lines = ["set -e", *some, "stratus-config persistent_disk_ip $FRONTEND_IP", "stratus-config dhcp_lease_time"]
    argv = ["sh", "-c", "\n".join(lines)]
    environ["STRATUSLAB_CONFIG_DIR"] = str(site.parent)
    done = subprocess.run(argv, env=environ, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "3600"
    assert Sources(environ).load().text("persistent_disk_backend_sections") == SECTIONS


def test_values_are_printed_for_scripts(old, site):
    assert old.ok("config registration").out == "False\n"
    assert old.ok("config frontend_system").out == "\n"
    old.ok("config frontend_system centos")
    assert old.ok("config frontend_system").out == "centos\n"


@pytest.mark.parametrize("option", ["-k", "--keys"])
def test_keys_stand_in_stratuslabs_columns(old, site, option):
    old.ok("config nat_network 10.0.0.0")
    lines = old.ok(f"config {option}").out.splitlines()
    assert f" {'nat_network':25}|  {'10.0.0.0':25}|  172.17.16.0" in lines
    assert lines.count("-" * 76) == len({line for line in lines if line.startswith(" [")}) - 1
    assert not any("endpoint_timeout" in line for line in lines)


def test_one_section(old, site):
    lines = old.ok("config -k -s nat").out.splitlines()
    assert lines[0].startswith(" [nat]") and all(line.startswith(" nat") for line in lines[1:])
    assert old.ok("config -s nat").out.splitlines() == lines
    assert old("config -s natt").status == 3


def test_minus_c_names_another_file(old, site, tmp_path):
    path = tmp_path / "other.cfg"
    old.ok("config -c", str(path), "nat", "False")
    assert "nat = False" in path.read_text() and not site.exists()
    assert old.ok("config -c", str(path), "nat").out == "False\n"
    assert old.ok("config nat").out == "True\n"


def test_a_password_is_not_shown(old, site):
    old.ok("config one_password hunter2")
    said = old.ok("config one_password")
    assert said.out == "***\n" and "stratus config --reveal one_password" in said.err
    assert "hunter2" not in old.ok("config -k").out


@pytest.mark.parametrize(
    ("line", "status", "text"),
    [
        ("config", 2, "there is no key"),
        ("config nat_netwrok", 12, "did you mean nat_network?"),
        ("config nat_netwrok 1", 12, "did you mean nat_network?"),
        ("config nat perhaps", 8, "neither true nor false"),
        ("config -k nat", 2, "too much"),
    ],
)
def test_what_is_wrong_is_told(old, site, line, status, text):
    said = old(line)
    assert said.status == status and text in said.err and not site.exists()


def test_every_line_of_the_installation_is_tried():
    assert len(LINES) == SCRIPT.count("stratus-config ") == 31
    assert all(shlex.split(line)[0] == "stratus-config" for line in LINES)
