"""StratusLab's login files, read and written."""

import os
import stat

import pytest

from stratus.config.logins.certificates import read_certificates, remove_certificate, same_dn, set_certificate
from stratus.config.logins.hashes import FORMATS, form_of, hash_of, is_right
from stratus.config.logins.passwords import read_passwords, remove_password, set_password
from stratus.config.logins.problems import login_problems
from stratus.errors import BadInput, ConfigError
from stratus.model.logins import CertificateLogin, PasswordLogin

# As Jetty's own documentation and StratusLab's have them.
KNOWN = [
    ("MD5:5f4dcc3b5aa765d61d8327deb882cf99", "password"),
    ("CRYPT:alHzjf8HTh5Mc", "password"),
    ("OBF:1v2j1uum1xtv1zej1zer1xtn1uvk1v1v", "password"),
    ("OBF:1vny1zlo1x8e1vnw1vn61x8g1zlu1vn4", "storepwd"),
    ("slpass", "slpass"),
]
FILE = """# StratusLab's users
sluser=slpass,cloud-access

! hashed
ann = MD5:5f4dcc3b5aa765d61d8327deb882cf99 , cloud-access , physics
long:CRYPT:alHzjf8HTh5Mc,\\
    cloud-access
"""
CERTIFICATES = """# holders
"CN=Jane Doe,OU=Physics,O=Example,C=FR" cloud-access
"CN=A\\, B,O=Example" cloud-access,other  # and more
"""


@pytest.mark.parametrize(("kept", "password"), KNOWN)
def test_what_others_have_hashed(kept, password):
    assert is_right(kept, password)
    assert not is_right(kept, password + "!") or kept.startswith("CRYPT")
    assert not is_right(kept, "") and not is_right(kept, password[:-1])


PASSWORDS = ["secret", "pässwörd", "a b=c#d!\\", "\"$(id)`'", "\u202e𝛑", "x" * 200]
DEAR = "argon2"  # by its nature


@pytest.mark.parametrize(
    ("form", "password"),
    [
        pytest.param(form, password, marks=[pytest.mark.slow] if form == DEAR and number else [])
        for form in FORMATS
        for number, password in enumerate(PASSWORDS)
    ],
)
def test_every_format_knows_its_own(form, password):
    kept = hash_of(password, form, user="alice")
    assert form_of(kept) == form and is_right(kept, password) and not is_right(kept, "another")


def test_two_users_with_one_password_have_not_one_hash():
    assert hash_of("secret", "argon2") != hash_of("secret", "argon2")


@pytest.mark.parametrize(
    "kept", ["", "MD5:", "CRYPT:", "CRYPT:al", "OBF:", "$argon2id$", "$argon2id$v=19$m=1,t=1,p=1$a$b"]
)
def test_what_is_damaged_is_nobodys_password(kept):
    assert (not is_right(kept, "password") and not is_right(kept, kept or "x")) or form_of(kept) == "plain"


@pytest.mark.parametrize("password", ["", "a\0b", "x" * 1025])
def test_what_can_be_no_password(password):
    with pytest.raises(BadInput):
        hash_of(password, "argon2")
    assert not is_right("MD5:5f4dcc3b5aa765d61d8327deb882cf99", password)


@pytest.mark.parametrize("password", ["a,b", "MD5:abc", " a", "a ", "$argon2id$x"])
def test_what_can_be_no_plain_password(password):
    with pytest.raises(BadInput):
        hash_of(password, "plain")


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "authn" / "login.properties"
    path.parent.mkdir()
    return path


def test_a_password_file_is_read(path):
    path.write_text(FILE)
    assert read_passwords(path) == (
        PasswordLogin("sluser", "slpass", ("cloud-access",)),
        PasswordLogin("ann", "MD5:5f4dcc3b5aa765d61d8327deb882cf99", ("cloud-access", "physics")),
        PasswordLogin("long", "CRYPT:alHzjf8HTh5Mc", ("cloud-access",)),
    )


def test_what_is_not_changed_stays_to_the_byte(path):
    path.write_text(FILE)
    path.chmod(0o640)
    secret = hash_of("new", "argon2")
    assert set_password(path, "sluser", secret) and not set_password(path, "sluser", secret)
    assert path.read_text().splitlines()[2:] == FILE.splitlines()[2:] and stat.S_IMODE(os.stat(path).st_mode) == 0o640
    assert read_passwords(path)[0] == PasswordLogin("sluser", secret, ("cloud-access",))
    assert remove_password(path, "sluser") and not remove_password(path, "sluser")
    assert [login.user for login in read_passwords(path)] == ["ann", "long"]


def test_a_new_file_is_for_its_owner_alone(path):
    assert read_passwords(path) == () and not remove_password(path, "nobody")
    assert set_password(path, "alice", "MD5:0")
    assert path.read_text() == "alice=MD5\\:0,cloud-access\n" and stat.S_IMODE(os.stat(path).st_mode) == 0o600


@pytest.mark.parametrize("user", ["a b", "a=b", "#x", "a:b", "ü", "x\\y", "\u202e"])
def test_any_name_comes_back(path, user):
    path.write_text("other=x,cloud-access\n")
    set_password(path, user, "MD5:1")
    assert [login.user for login in read_passwords(path)] == ["other", user] and path.read_bytes().isascii()


def test_a_damaged_password_file_is_told(path):
    path.write_text("alice=\\uZZZZ\n")
    with pytest.raises(ConfigError, match=r"login\.properties"):
        read_passwords(path)


def test_a_certificate_file_is_read(path):
    path.write_text(CERTIFICATES)
    jane, other = read_certificates(path)
    assert jane == CertificateLogin("CN=Jane Doe,OU=Physics,O=Example,C=FR", ("cloud-access",)) and jane.user == jane.dn
    assert other == CertificateLogin("CN=A\\, B,O=Example", ("cloud-access", "other"))


def test_a_certificate_is_given_a_user_and_taken_away(path):
    path.write_text(CERTIFICATES)
    assert set_certificate(path, "cn = Jane Doe, OU=Physics,O=Example,C=FR", user="jane")
    jane = read_certificates(path)[0]
    assert jane.user == "jane" and jane.groups == ("cloud-access", "user:jane")
    assert path.read_text().splitlines()[0] == "# holders" and len(read_certificates(path)) == 2
    assert remove_certificate(path, jane.dn) and not remove_certificate(path, jane.dn)
    assert len(read_certificates(path)) == 1


@pytest.mark.parametrize("dn", ["", "Jane", "CN=a\nb", 'CN="x"', "CN=a,", ",CN=a", "CN=a,b", "=a", "CN=\0"])
def test_what_is_no_dn(path, dn):
    with pytest.raises(BadInput, match="no distinguished name"):
        set_certificate(path, dn)
    assert not path.exists()


def test_two_ways_to_write_one_dn():
    assert same_dn("cn=A\\, B , o=X") == same_dn("CN=A\\, B,O=X") != same_dn("CN=a\\, B,O=X")


@pytest.mark.parametrize("line", ["CN=a cloud-access", '"CN=a"', '"CN=a cloud-access', '"CN=a" "x"'])
def test_a_line_that_is_no_login_is_told_with_its_number(path, line):
    path.write_text(f"# first\n{line}\n")
    with pytest.raises(ConfigError, match="line 2"):
        read_certificates(path)


def test_what_is_wrong_with_login_files_is_found(tmp_path):
    assert list(login_problems(tmp_path)) == []
    folder = tmp_path / "authn"
    folder.mkdir()
    (folder / "login-pswd.properties").write_text("a=b,cloud-access\nc=$argon2id$v=19$m=1,t=1,p=1$YQ$Yg,physics\n")
    (folder / "login-pswd.properties").chmod(0o644)
    (folder / "login-cert.properties").write_text('"CN=a" physics\n')
    said = [(each.key, each.text.partition(":")[0]) for each in login_problems(tmp_path)]
    assert said == [
        ("", "has passwords, and others may read it"),
        ("a", "has a password that is easily found out"),
        ("c", "does not come in"),
        ("CN=a", "does not come in"),
    ]
    (folder / "login-pswd.properties").write_text("a=\\uZZZZ\n")
    (folder / "login-cert.properties").write_text("nobody\n")
    assert [each.level for each in login_problems(tmp_path)] == ["error", "error"]
