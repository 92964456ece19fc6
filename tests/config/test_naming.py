"""Keys, variables and options are named after one another."""

import pytest

from stratus.commands.stratuslab.names import NAMES, command_of
from stratus.config import known_keys
from stratus.config.naming import key_of, option_of, variable_of


@pytest.mark.parametrize(
    ("key", "variable", "option"),
    [
        ("pdisk_endpoint", "STRATUSLAB_PDISK_ENDPOINT", "--pdisk-endpoint"),
        ("endpoint", "STRATUSLAB_ENDPOINT", "--endpoint"),
        ("pem_certificate", "STRATUSLAB_PEM_CERTIFICATE", "--pem-cert"),
        ("p12_certificate", "STRATUSLAB_P12_CERTIFICATE", "--p12-cert"),
        ("user_public_key_file", "STRATUSLAB_KEY", "--key"),
        ("default_instance_type", "STRATUSLAB_DEFAULT_INSTANCE_TYPE", "--type"),
        ("default_context_method", "STRATUSLAB_DEFAULT_CONTEXT_METHOD", "--context-method"),
        ("selected_section", "STRATUSLAB_USER_CONFIG_SECTION", "--user-config-section"),
        ("marketplace_endpoint", "STRATUSLAB_MARKETPLACE_ENDPOINT", "--marketplace-endpoint"),
    ],
)
def test_stratuslabs_names_are_those(key: str, variable: str, option: str) -> None:
    assert (variable_of(key), option_of(key)) == (variable, option)


@pytest.mark.parametrize("key", known_keys())
def test_every_name_leads_back_to_its_key_and_to_no_other(key: str) -> None:
    assert key_of(variable_of(key)) == key
    assert key_of(option_of(key)) == key


def test_no_two_keys_share_a_name() -> None:
    for name_of in (variable_of, option_of):
        assert len({name_of(key) for key in known_keys()}) == len(known_keys())


@pytest.mark.parametrize(
    "word",
    ["pdisk_endpoint", "STRATUSLAB_user", "--pdisk_endpoint", "-k", "", "STRATUSLAB_", "--", "--pem-certificate"],
)
def test_other_words_are_no_names(word: str) -> None:
    assert key_of(word) == ""


def test_the_options_of_stratuslabs_commands_are_named_so() -> None:
    options = {word for name in NAMES for each in command_of(name).params for word in each.opts}
    keys = ("username", "password", "endpoint", "pem_key", "pem_certificate", "user_public_key_file")
    more = ("default_instance_type", "default_context_method", "pdisk_endpoint", "pdisk_username", "pdisk_password")
    assert {option_of(key) for key in (*keys, *more, "marketplace_endpoint", "selected_section")} <= options
