"""stratus config: reading, setting, unsetting, editing and checking, as a user types it."""

import dataclasses
import json
import stat
import subprocess
import threading
from pathlib import Path

import pytest

from stratus.cloud import settings_of
from stratus.config import known_keys
from stratus.config.sources import Sources
from tests.commands.test_hostile import WORDS, harmless
from tests.commands.test_run import told


@pytest.fixture
def at(stratus, tmp_path):
    """The terminal, with a configuration folder of its own."""
    (tmp_path / "etc").mkdir()
    stratus.environ = {"HOME": str(stratus.home), "STRATUSLAB_CONFIG_DIR": str(tmp_path / "etc")}
    stratus.site_file = tmp_path / "etc/stratuslab.cfg"
    stratus.user_file = stratus.home / ".stratuslab/stratuslab-user.cfg"
    stratus.user_file.parent.mkdir(parents=True)
    return stratus


def test_a_value_is_printed_as_it_stands(at):
    assert at.ok("config registration").out == "False\n"
    assert at.ok("config NAT_NETWORK").out == "172.17.16.0\n"
    assert at.ok("config --show-origin nat").out == "default\tTrue\n"
    assert at.ok("config nat -o json").json["value"] is True


def test_a_value_of_several_words_is_set_and_read_back(at):
    said = at.ok("config one_public_network_addr 192.0.2.10 192.0.2.11")
    assert said.out == "" and "one_public_network_addr is set in [one-network] of" in said.err
    assert at.ok("config one_public_network_addr").out == "192.0.2.10 192.0.2.11\n"
    assert at.ok("config --show-origin one_public_network_addr").out.startswith(f"{at.site_file}:")
    assert "was so already" in at.ok("config one_public_network_addr", "192.0.2.10 192.0.2.11").err
    assert at("-q config nat no").err == ""


def test_a_write_keeps_comments_order_and_mode(at):
    at.site_file.write_text("; mine\n[nat]\n# why\nnat = on ; because\nnat_network = 10.0.0.0\n")
    at.site_file.chmod(0o640)
    at.ok("config nat False")
    assert at.site_file.read_text() == "; mine\n[nat]\n# why\nnat = False ; because\nnat_network = 10.0.0.0\n"
    assert stat.S_IMODE(at.site_file.stat().st_mode) == 0o640


def test_the_file_goes_by_the_key_or_by_the_option(at):
    at.ok("config endpoint cloud.example.org")
    assert at.user_file.read_text().endswith("[default]\nendpoint = cloud.example.org\n")
    assert stat.S_IMODE(at.user_file.stat().st_mode) == 0o600
    at.ok("config --site default_instance_type m1.large")
    assert "[default]\ndefault_instance_type = m1.large\n" in at.site_file.read_text()
    at.ok("config --user nat no")
    assert at.ok("config --show-origin nat").out == f"{at.user_file}:5\tno\n"


def test_a_value_that_will_not_count_is_told(at):
    at.ok("config --user nat no")
    assert "it does not count, because" in at.ok("config nat yes").err
    at.environ |= {"STRATUSLAB_NAT": "on"}
    assert "because STRATUSLAB_NAT sets it too" in at.ok("config nat no").err


def test_a_key_without_effect_says_so_when_it_is_set(at):
    said = at.ok("config one_db_host db.example.org")
    assert "one_db_host has no effect: the ledger is a file in state_dir." in said.err


def test_a_section_of_the_users_file_is_begun_read_and_chosen(at):
    at.ok("config -s first endpoint one.example.org")
    at.ok("config -s second endpoint two.example.org")
    at.ok("config selected_section second")
    assert at.ok("config endpoint").out == "two.example.org\n"
    assert at.ok("config -s first endpoint").out == at.ok("-S first config endpoint").out == "one.example.org\n"
    at.ok("-S first config endpoint three.example.org")
    assert at.ok("config -s first endpoint").out == "three.example.org\n"
    assert at.ok("config -s default endpoint").out == "\n"
    assert at("config -s third endpoint").status == 3
    said = at("-S third config endpoint x")
    assert said.status == 12 and "stratus config -s third KEY VALUE" in said.err


def test_options_of_the_front_door_are_a_layer_too(at):
    assert at.ok("-c nat=no config --show-origin nat").out == "option\tno\n"
    said = at("-c nats=no config nat")
    assert said.status == 12 and "did you mean nat?" in said.err


def test_unset_takes_a_key_out(at):
    at.site_file.write_text("[nat]\n# why\nnat = on\nnat = off\n")
    at.ok("config --unset nat")
    assert at.site_file.read_text() == "[nat]\n# why\n"
    assert at("config --unset nat").status == 3
    assert at("config --unset natt").status == 12


def test_keys_stand_beside_their_defaults_by_section(at):
    at.ok("config nat_network 10.0.0.0")
    said = at.ok("config --keys")
    lines = [line.split() for line in said.out.splitlines()]
    assert ["[nat]"] in lines and ["key", "value", "default"] in lines
    assert ["nat_network", "10.0.0.0", "172.17.16.0"] in lines
    assert {line[0] for line in lines if line} >= set(known_keys())
    assert f"{at.site_file}:4" in at.ok("config --keys --show-origin").out


def test_one_section_of_the_keys(at):
    at.ok("config -s instance_types big 8, 16384, 0")
    assert [line.split()[0] for line in at.ok("config --keys -s nat").out.splitlines()][:3] == ["[nat]", "key", "nat"]
    assert at.ok("config -s nat").out == at.ok("config --keys -s nat").out
    assert "big  8, 16384, 0" in at.ok("config --keys -s instance_types").out
    assert at.ok("config -s instance_types big").out == "8, 16384, 0\n"
    said = at("config --keys -s natt")
    assert said.status == 3 and "stratus config --keys -s nat" in said.err


@pytest.mark.parametrize("format", ["json", "yaml", "csv"])
def test_keys_for_programs(at, format):
    said = at.ok(f"config --keys -o {format}")
    assert "nat_network" in said.out
    if format == "json":
        assert {row["key"] for row in said.json} == set(known_keys())
        assert {row["section"] for row in said.json} == {key.section for key in known_keys().values()}


def test_secrets_are_shown_to_who_insists(at):
    for key in ("password", "one_password", "rest_endpoints", "endpoints"):
        told = at.ok(f"config {key} hunter2")
        shown = [at.ok(f"config {key}"), at.ok("config --keys"), at.ok("config --keys -o json"), told]
        shown += [
            at.ok(f"config {key} -o json"),
            at.ok(f"config --plan {key} hunter2x"),
            at.ok(f"config {key} hunter2 -o json"),
        ]
        assert not any("hunter2" in said.out + said.err for said in shown), key
        assert shown[0].out == "***\n" and "--reveal" in shown[0].err
        assert at.ok(f"config --reveal {key}").out == "hunter2\n"
        assert "hunter2" in at.ok("config --keys --reveal").out
        assert "hunter2x" in at.ok(f"config --plan --reveal {key} hunter2x").out


def test_the_plan_is_a_diff_and_changes_nothing(at):
    at.site_file.write_text("[nat]\nnat = on\n")
    said = at.ok("config --plan nat off")
    assert "-nat = on\n+nat = off\n" in said.out and said.out.endswith("nothing was changed\n")
    assert at.ok("config --plan --unset nat -o json").json[0]["diff"][-1] == "-nat = on"
    assert at.site_file.read_text() == "[nat]\nnat = on\n"


def test_a_percent_sign_works_doubled_or_not(at):
    for text, read in (("50%", "50%"), ("50%%", "50%"), ("%(nat_network)s/24", "172.17.16.0/24"), ("%(x)s", "%(x)s")):
        said = at.ok("config dhcp_one_local_network_domain_name", text)
        assert at.ok("config dhcp_one_local_network_domain_name").out == f"{read}\n"
        assert ("%% in it is read as one %" in said.err) == ("%%" in text)


def test_a_value_of_several_lines(at):
    text = "\n[EGI]\n  name = x # y\n\nend\n"
    at.ok("config certificate_authority_repo", text)
    assert at.ok("config certificate_authority_repo").out == f"{text}\n"
    assert at.ok("config certificate_authority_repo -o json").json["value"] == text


@pytest.mark.parametrize(
    "line",
    [
        "config",
        "config --keys nat",
        "config --user --site nat no",
        "config --unset nat no",
        "config edit nat",
        "config check --plan",
        "config --plan nat",
        "config --user nat",
        "config -s dhcp nat no",
        "config --keys --plan",
    ],
)
def test_what_does_not_go_together_is_an_error_of_usage(at, line):
    said = at(line)
    assert said.status == 2 and "try: " in said.err and said.out == ""


def test_a_value_that_begins_with_a_hyphen(at):
    assert at("config dhcp_one_local_network_domain_name -x").status == 2
    at.ok("config dhcp_one_local_network_domain_name -- -x")
    assert at.ok("config dhcp_one_local_network_domain_name").out == "-x\n"


@pytest.mark.parametrize("what", [*WORDS, "a semicolon", "a section", "a reference", "three quotes", "blanks", "tabs"])
def test_a_hostile_value_is_read_back_exactly_or_refused(at, what):
    more = {"a semicolon": "a ; b", "a section": "a\n[nat]\nnat = off", "a reference": "%(password)s %% %(no)s"}
    more |= {"three quotes": "'''\"\"\"'", "blanks": "  a  \n  \n b ", "tabs": "\t#x\n\t;y"}
    word = {**WORDS, **more}[what]
    at.site_file.write_text("[one-advanced]\none_share = before\n[nat]\nnat = on\n")
    before = at.site_file.read_text()
    said = at.words("config", "one_share", "--", word)
    assert harmless(said.out) and harmless(said.err)
    assert said.status in (0, 8)
    if said.status:
        assert at.site_file.read_text() == before
        return
    shown = at.ok("config one_share")
    assert harmless(shown.out)
    value = at.ok("config one_share -o json").json["value"]
    assert value == ({"a reference": " % %(no)s"}.get(what, word))
    assert at.ok("config nat").out == "on\n"
    assert at.ok("config --plan one_share x").status == 0 and harmless(at.ok("config --keys").out)


@pytest.mark.parametrize("what", WORDS)
@pytest.mark.parametrize("line", [["--", "{}"], ["-s", "{}", "nat"], ["--", "{}", "1"], ["--unset", "--", "{}"]])
def test_a_hostile_key_or_section_is_refused(at, line, what):
    said = at.words("config", *(word.format(WORDS[what]) for word in line))
    assert said.status in (0, 2, 3, 8, 12) and harmless(said.out) and harmless(said.err)
    assert not at.site_file.exists() and not at.user_file.exists()


@pytest.mark.parametrize("what", WORDS)
def test_a_hostile_section_is_begun_exactly_or_refused(at, what):
    said = at.words("config", "-s", WORDS[what], "endpoint", "x")
    assert said.status in (0, 8, 12) and harmless(said.err)
    if said.status == 0 and WORDS[what]:
        assert at.words("config", "-s", WORDS[what], "endpoint").out == "x\n"


def test_a_file_with_orders_to_the_terminal_is_shown_harmlessly(at):
    at.site_file.write_text("[nat]\ndhcp_one_local_network_domain_name = a\u202eb\n")
    assert harmless(at.ok("config dhcp_one_local_network_domain_name").out) and harmless(at.ok("config --keys").out)
    at.site_file.write_text("[\x1b[31m]\nnat\x07 = 1\n[nat]\ndhcp_one_local_network_domain_name = \x1b[31m\n")
    for line in ("config nat", "config check", "config --keys", "config check -o json"):
        said = at(line)
        assert said.status == 12 and harmless(said.out) and harmless(said.err)


def test_check_finds_everything_at_once(at):
    assert at.ok("config check").out == "nothing is wrong with the configuration\n"
    at.site_file.write_text("[nat]\nnat_netwrok = 1\nnat = perhaps\n")
    at.user_file.write_text("[a]\npassword = hunter2\n")
    at.user_file.chmod(0o644)
    said = at("config check")
    assert said.status == 12
    assert f"error: {at.site_file}:2: nat_netwrok: there is no configuration key" in said.out
    assert "  try: did you mean nat_network?\n" in said.out
    assert f"error: {at.site_file}:3: nat: 'perhaps' is neither true nor false\n" in said.out
    assert f"error: {at.user_file}: there is no section [default]\n" in said.out
    assert f"try: chmod o-rwx {at.user_file}" in said.out and "hunter2" not in said.out
    rows = json.loads(at("config check -o json").out)
    assert {row["level"] for row in rows} == {"error", "warning"} and len(rows) == 5


def test_check_knows_the_rules_of_the_networks_and_the_machine_types(at):
    at.site_file.write_text(
        "[one-network]\none_public_network_addr = 192.0.2.1\none_public_network_mac = 02:00:c0:00:02:01 02:00:c0:00:02:02\n"
    )
    said = at("config check")
    assert said.status == 12 and "one_public_network_mac has 2 entries" in said.out
    at.site_file.write_text("[default]\ndefault_instance_type = m1.smal\n")
    said = at("config check")
    assert said.status == 12 and f"error: {at.site_file}:2: default_instance_type: 'm1.smal' is no" in said.out


def test_warnings_alone_are_no_failure(at):
    at.site_file.write_text("[one-user]\none_db_host = x\n")
    said = at.ok("config check")
    assert "warning: " in said.out and "the ledger is a file in state_dir" in said.out


@pytest.fixture
def editor(at, tmp_path):
    """Make the editor a script that does this to its file."""

    def be(script, variable="EDITOR"):
        path = tmp_path / "my editor"
        path.write_text(f"#!/bin/sh\nfile=$2\n{script}\n")
        path.chmod(0o755)
        at.environ |= {variable: f"'{path}' --wait", "TMPDIR": str(tmp_path)}

    return be


def test_edit_takes_what_is_right(at, editor):
    at.user_file.write_text("[default]\n# mine\nusername = bob\n")
    at.user_file.chmod(0o640)
    editor('sed -i s/bob/alice/ "$file"; stat -c %a "$file" > "$0.mode"')
    said = at.ok("config edit")
    assert at.user_file.read_text() == "[default]\n# mine\nusername = alice\n"
    assert "is changed" in said.err and stat.S_IMODE(at.user_file.stat().st_mode) == 0o640


def test_edit_refuses_what_is_broken_and_keeps_the_text(at, editor):
    at.site_file.write_text("[nat]\nnat = on\n")
    editor('echo "nat_netwrok = 1" >> "$file"')
    said = at("config edit --site")
    assert said.status == 12 and "nat_netwrok: there is no configuration key" in said.err
    assert at.site_file.read_text() == "[nat]\nnat = on\n"
    kept = said.err.partition("it is kept in ")[2].splitlines()[0]
    assert Path(kept).read_text() == "[nat]\nnat = on\nnat_netwrok = 1\n"


def test_edit_can_mend_a_broken_file(at, editor):
    at.site_file.write_bytes(b"[nat\nnat = \xff\n")
    editor('printf "[nat]\\nnat = on\\n" > "$file"')
    at.ok("config edit --site")
    assert at.site_file.read_text() == "[nat]\nnat = on\n"


def test_edit_offers_a_new_user_the_reference(at, editor):
    editor('grep -c user_public_key_file "$file" > "$0.found"')
    assert "nothing was changed" in at.ok("config edit").err
    assert not at.user_file.exists()
    editor('sed -i "s/^user_public_key_file.*/user_public_key_file = x.pub/" "$file"', variable="VISUAL")
    at.ok("config edit")
    assert at.ok("config user_public_key_file").out == "x.pub\n"


def test_edit_never_undoes_what_somebody_else_wrote_meanwhile(at, editor):
    at.user_file.write_text("[default]\nusername = bob\n")
    editor(f'sed -i s/bob/alice/ "$file"; echo "name = x" >> {at.user_file}')
    said = at("config edit")
    assert said.status == 4 and "by somebody else meanwhile" in said.err
    assert at.user_file.read_text() == "[default]\nusername = bob\nname = x\n"


@pytest.mark.parametrize(("script", "status"), [("exit 3", 11), ('rm "$file"', 0)])
def test_an_editor_that_fails_changes_nothing(at, editor, script, status):
    at.user_file.write_text("[default]\n")
    editor(script)
    assert at("config edit").status == status
    assert at.user_file.read_text() == "[default]\n"


def test_an_editor_that_is_not_there_is_named(at):
    at.environ |= {"EDITOR": "/no/such/editor"}
    said = at("config edit")
    assert said.status == 3 and "the editor /no/such/editor cannot be run" in said.err


@pytest.mark.parametrize("before", ["", "[nat]\nnat = on\n", "# mine\n[nat]\n\nnat = on ; so\n[dhcp]\ndhcp = on\n"])
@pytest.mark.parametrize("line", ["config nat off", "config dhcp off", "config nat_network 10.1.2.0"])
def test_the_line_of_a_plan_does_the_same_when_it_is_told_the_difference(at, before, line):
    at.site_file.write_text(before)
    (plan,) = at.ok(f"{line} --plan -o json").json
    assert set(plan) == {"verb", "target", "node", "takes", "steps", "file", "diff"}
    assert at.site_file.read_text() == before
    at.ok(line)
    made = at.site_file.read_text()
    assert made != before
    at.site_file.write_text(before)
    ((command,),) = (step["commands"] for step in plan["steps"])
    told = "".join(f"{text}\n" for text in plan["diff"])
    subprocess.run(command, input=told, text=True, check=True, capture_output=True, timeout=30)
    assert at.site_file.read_text() == made


def test_the_plan_of_an_edit_shows_what_was_edited_and_changes_nothing(at, editor):
    at.site_file.write_text("[nat]\nnat = on\n")
    editor("sed -i s/on/off/ $file")
    assert "-nat = on\n+nat = off\n" in at.ok("config edit --site --plan").out
    (plan,) = at.ok("config edit --site --plan -o json").json
    assert plan["steps"][0]["title"] == "edit it" and plan["diff"][-1] == "+nat = off"
    assert at.site_file.read_text() == "[nat]\nnat = on\n"


def test_many_writers_lose_nothing(at):
    keys = [key.name for key in known_keys().values() if not key.user and key.kind == "string"][:16]

    def write(name):
        Sources(at.environ)  # each writer has its own sources
        from stratus.config.setting import setting

        setting(Sources(at.environ), name, f"value of {name}").make()

    threads = [threading.Thread(target=write, args=(name,)) for name in keys]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    config = Sources(at.environ).load()
    assert [config.text(name) for name in keys] == [f"value of {name}" for name in keys]


@pytest.fixture
def steered(at):
    """The terminal, on a cloud whose settings come from the configuration."""
    plain = at.open

    def open_cloud():
        return dataclasses.replace(plain(), settings=settings_of(Sources(at.environ).load()))

    at.open = open_cloud
    return at


OTHER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEkv6g4eR1f2Yb1m2n3o4p5q6r7s8t9u0v1w2x3y4z5A {}\n"


def started(at, *more):
    """What the instance is told that this command line starts."""
    said = at.words("run", "tiny", "-o", "json", *more)
    assert said.status == 0, said
    return told(at, said.json[0]["id"])


def test_the_configuration_steers_which_key_opens_an_instance(steered):
    for name in ("file", "variable", "option", "flag"):
        (steered.home / f"{name}.pub").write_text(OTHER.format(f"from-{name}"))
    assert [key.split()[-1] for key in started(steered).public_keys] == ["alice@home"]
    steered.ok("config user_public_key_file", f"{steered.home}/file.pub")
    assert [key.split()[-1] for key in started(steered).public_keys] == ["from-file"]
    steered.environ |= {"STRATUSLAB_KEY": f"{steered.home}/variable.pub"}
    assert [key.split()[-1] for key in started(steered).public_keys] == ["from-variable"]
    assert [key.split()[-1] for key in started(steered, "-k", f"{steered.home}/flag.pub").public_keys] == ["from-flag"]
    steered.environ |= {"STRATUSLAB_KEY": f"{steered.home}/none.pub"}
    assert steered("run tiny").status == 3


def test_the_configuration_steers_type_and_context_method(steered):
    assert started(steered).method == "one"
    steered.ok("config default_instance_type c1.medium")
    steered.ok("config default_context_method cloud-init")
    assert "* c1.medium" in steered.ok("run --list-types").out
    assert started(steered).method == "cloud-init"
    assert steered.ok("describe 2 -o json").json[0]["vcpu"] == 2
    steered.ok("config -s instance_types my.type 1, 300, 0")
    steered.ok("config default_instance_type my.type")
    assert "* my.type" in steered.ok("run --list-types").out
    assert started(steered, "--context-method", "one").method == "one"
