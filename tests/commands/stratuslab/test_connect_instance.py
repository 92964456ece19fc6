"""stratus-connect-instance: ssh's command line, and patience."""

import pytest


@pytest.fixture
def running(stratus):
    stratus.ok("run tiny -n 2 --wait")


def test_it_is_root_at_the_machines_address(old, running):
    assert old.ok("connect-instance 1").out == ""
    (argv,) = old.called
    assert (
        argv[0] == "ssh"
        and argv[-3:] == ["-l", "root", "172.30.16.2"]
        and not any("IdentityFile" in word for word in argv)
    )


def test_the_key_is_the_one_that_is_named(old, running, tmp_path):
    (tmp_path / "key").write_text("")
    old.ok(f"connect-instance -k {tmp_path}/key 1")
    assert f'IdentityFile="{tmp_path}/key"' in old.called[0]


def test_the_key_is_that_of_the_variable_whatever_letters_it_has(old, running, stratus, tmp_path):
    # StratusLab took the letters of ".pub" off both ends of the name.
    (tmp_path / "pubkey_b").write_text("")
    stratus.environ["STRATUSLAB_KEY"] = f"{tmp_path}/pubkey_b.pub"
    old.ok("connect-instance 1")
    assert f'IdentityFile="{tmp_path}/pubkey_b"' in old.called[0]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("", "Missing vm-id"),
        ("-k '' 1", "Unspecified user private key. See --key option."),
        ("-k /none 1", "Private key `/none` does not exist"),
    ],
)
def test_a_wrong_command_line_is_status_2(old, line, text):
    said = old(f"connect-instance {line}")
    assert said.status == 2 and text in said.err and old.called == []


def test_a_connection_that_fails_at_once_is_tried_twice_more(old, running):
    old.ssh = [255, 255, 0]
    assert old("connect-instance 1").status == 0
    assert len(old.called) == 3 and all(1 <= pause <= 10 for pause in old.paused) and len(old.paused) == 2
    old.ssh = [255, 255, 255]
    assert old("connect-instance 1").status == 255


def test_the_status_is_sshs_and_only_its_own_error_is_retried(old, running):
    old.ssh = [3]
    assert (old("connect-instance 1").status, len(old.called)) == (3, 1)


def test_a_connection_that_breaks_later_is_not_tried_again(old, running):
    def talk(argv):
        old.time_s += 3600
        return 255

    old._call = talk
    assert old("connect-instance 1").status == 255 and old.paused == []


def test_several_are_visited_in_turn_and_all_must_run(old, running, stratus):
    old.ssh = [0, 4]
    assert old("connect-instance 2 1").status == 4
    assert [argv[-1] for argv in old.called] == ["172.30.16.3", "172.30.16.2"]
    stratus.ok("stop 1 --wait")
    said = old("connect-instance 2 1")
    assert said.status == 4 and "not running" in said.err and len(old.called) == 2
