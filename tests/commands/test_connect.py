"""stratus connect: the ssh command line that it becomes."""

import dataclasses
import subprocess

import pytest

from stratus import cli
from stratus.commands.connect import ssh_argv
from stratus.errors import Conflict, NotFound


@pytest.fixture
def session(stratus):
    stratus.ok("run tiny --name web --wait")
    session = cli.new_session(given=cli.Given(stratus.environ, stratus.open))
    yield session
    session.close()


def options(argv):
    """The -o options, by name."""
    pairs = [argv[n + 1].partition("=") for n, word in enumerate(argv) if word == "-o"]
    return {name: value for name, _, value in pairs}


def test_it_logs_in_as_root_at_the_instances_address(session, stratus):
    argv = ssh_argv(session, "web")
    assert argv[0] == "ssh" and argv[-3:] == ["-l", "root", "172.30.16.2"]
    assert "IdentityFile" not in options(argv)
    assert options(argv)["UserKnownHostsFile"] == f'"{stratus.home}/.stratuslab/known_hosts"'
    assert options(argv)["StrictHostKeyChecking"] == "accept-new"


def test_a_command_comes_last_and_its_words_are_ssh_s(session):
    argv = ssh_argv(session, "1", ("uname", "-a", "-o", "ProxyCommand=reboot"), user="alice")
    assert argv[-7:] == ["alice", "172.30.16.2", "--", "uname", "-a", "-o", "ProxyCommand=reboot"]


@pytest.mark.parametrize(("given", "private"), [("~/k", "k"), ("~/k.pub", "k"), ("/keys/k.ed", "/keys/k.ed")])
def test_a_key_may_be_named_by_its_public_half(session, given, private):
    offered = options(ssh_argv(session, "web", key=given))["IdentityFile"].strip('"')
    assert offered.endswith(private) and "~" not in offered


def test_unless_told_it_offers_the_keys_that_went_into_the_instance(session, stratus):
    (stratus.home / ".ssh" / "id_ed25519").touch(mode=0o600)
    assert options(ssh_argv(session, "web"))["IdentityFile"] == f'"{stratus.home}/.ssh/id_ed25519"'
    assert options(ssh_argv(session, "web", key="/keys/k"))["IdentityFile"] == '"/keys/k"'


def test_the_key_that_the_configuration_names_is_offered(session, stratus):
    (stratus.home / "lab").touch(mode=0o600)
    session.chosen = {"user_public_key_file": f"{stratus.home}/lab.pub"}.__getitem__
    assert options(ssh_argv(session, "web"))["IdentityFile"] == f'"{stratus.home}/lab"'


def test_each_life_of_an_instance_has_its_own_host_key(session, stratus):
    before = options(ssh_argv(session, "web"))["HostKeyAlias"]
    assert options(ssh_argv(session, "web"))["HostKeyAlias"] == before
    stratus.ok("stop web --wait")
    stratus.ok("start web --wait")
    assert options(ssh_argv(session, "web"))["HostKeyAlias"] != before


def test_what_does_not_run_cannot_be_logged_in_to(session, stratus):
    stratus.ok("stop web --wait")
    with pytest.raises(Conflict, match="instance 1 is stopped, not running"):
        ssh_argv(session, "web")
    with pytest.raises(NotFound):
        ssh_argv(session, "nobody")


def test_ssh_itself_understands_the_line_also_below_an_odd_home(session, stratus):
    odd = stratus.home / "a b%h"
    session = dataclasses.replace(session, environ={"HOME": str(odd)})
    key = stratus.home / "ke%y"
    key.touch(mode=0o600)
    argv = ssh_argv(session, "web", key=f"{key}.pub")
    shown = subprocess.run([argv[0], "-G", *argv[1:]], capture_output=True, text=True, timeout=20, check=True)
    told = [line.replace("%%", "%").replace('"', "") for line in shown.stdout.splitlines()]
    assert {"user root", "hostname 172.30.16.2", f"identityfile {key}"} <= set(told)
    assert f"userknownhostsfile {odd}/.stratuslab/known_hosts" in told
    session.close()
