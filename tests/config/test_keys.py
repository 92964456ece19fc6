"""The configspecs: complete, in validate's own language, and the reference files made from them."""

import subprocess
import sys
from pathlib import Path

import pytest
from configobj import ConfigObj
from validate import Validator

from stratus.config import REFERENCE_DIR, load
from stratus.config.keys import SITE_SPEC, USER_SPEC, known_keys
from stratus.config.reference_file import site_reference, user_reference
from stratus.model.site_values import KINDS

# Spot checks over the 22 sections of StratusLab's reference file, the second sample's own keys and the code's.
STRATUSLAB_KEYS = [
    "hypervisor",
    "existing_nfs",
    "one_group",
    "one_db_root_password",
    "vnc_base_port",
    "save_image_reply_to_email",
    "one_public_network_mac",
    "one_private_network_size",
    "default_gateway",
    "node_bridge_configure",
    "nat_network_interface",
    "dhcp_one_local_network_ntp_servers",
    "proxy_oneadmin_password",
    "blacklistchecksums",
    "certificate_authority_repo",
    "persistent_disk_backend_sections_names",
    "persistent_disk_db_host",
    "quarantine_period",
    "openldap_password_hash",
    "registration_ssl_truststore",
    "caching",
    "built_image_validity_period",
    "smtp_host",
    "sunstone_ssl_proxy_cert",
    "pat_service_dbname",
    "persistent_disk_lvm_vgdisplay",
    "pat_max_translations",
]


def test_the_keys_of_stratuslab_are_all_there() -> None:
    assert [name for name in STRATUSLAB_KEYS if name not in known_keys()] == []
    ours = {"components", "stratus"}
    assert sum(not key.user and key.section not in ours for key in known_keys().values()) >= 135


def test_every_key_has_a_help_text_and_a_default_that_fits() -> None:
    for key in known_keys().values():
        assert key.help.endswith("."), key.name
        assert key.problem(key.default) == "", key.name


@pytest.mark.parametrize("spec", [SITE_SPEC, USER_SPEC])
def test_our_reading_of_the_configspec_is_that_of_validate(spec: str) -> None:
    oracle = ConfigObj(str(REFERENCE_DIR / spec), list_values=False, interpolation=False, _inspec=True)
    checks = {name: check for section in oracle.sections for name, check in oracle[section].items()}
    ours = {name: key for name, key in known_keys().items() if key.user == (spec == USER_SPEC)}
    assert checks.keys() == ours.keys()
    for name, check in checks.items():
        assert Validator(dict(KINDS)).get_default_value(check) == typed_default(name), name


def typed_default(name: str) -> object:
    key = known_keys()[name]
    if key.kind == "boolean":
        return key.default == "True"
    return {"integer": int, "float": float, **KINDS}.get(key.kind, str)(key.default)


def test_the_reference_files_are_fresh() -> None:
    assert (REFERENCE_DIR / "stratuslab.cfg.ref").read_text() == site_reference()
    assert (REFERENCE_DIR / "stratuslab-user.cfg.ref").read_text() == user_reference()


def test_a_reference_file_is_itself_a_configuration_and_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "stratuslab.cfg").write_text(site_reference())
    (tmp_path / ".stratuslab").mkdir()
    (tmp_path / ".stratuslab/stratuslab-user.cfg").write_text(user_reference())
    config, plain = load(config_dir=str(tmp_path), home=str(tmp_path)), load(config_dir=str(tmp_path / "none"))
    assert {n: config.text(n) for n in known_keys()} == {n: plain.text(n) for n in known_keys()}


def test_loading_without_files_imports_no_library() -> None:
    code = "import sys; from stratus.config import load; load(config_dir='/nowhere'); print('configobj' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.strip() == "False"
