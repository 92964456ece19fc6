"""The guests' side of the link: one contract for the fake and for real SSH."""

import os
from pathlib import Path

import pytest

from stratus.drivers.link.guests import SshGuests
from stratus.drivers.link.memory_guests import MemoryGuests
from stratus.drivers.link.protocol import Guests
from stratus.errors import NodeUnreachable
from stratus.model.cluster.facts import SCRIPT, parse
from stratus.model.guest import GuestLogin
from tests.drivers.link.sshd import NewSshd, Sshd, make_key


class GuestsContract:
    """What every way in keeps; `login` leads in, `shut` does not."""

    def test_a_guest_says_what_it_is_like(self, guests: Guests, login: GuestLogin) -> None:
        shell = guests.log_in(login)
        try:
            ran = shell.run(("sh", "-c", SCRIPT), say=lambda line: None)
        finally:
            shell.close()
        assert ran.status == 0 and "ssh" in parse("guest", ran.output).has

    def test_a_command_reads_its_input_and_may_fail(self, guests: Guests, failing: GuestLogin) -> None:
        shell, said = guests.log_in(failing), list[str]()
        try:
            assert shell.run(("cat",), input=b"x" * 100_000, say=said.append).status == 0
            assert shell.run(("sh", "-c", "echo broken >&2; exit 1", "broken"), say=said.append).status == 1
        finally:
            shell.close()
        assert any("broken" in line for line in said)

    def test_who_is_not_let_in_is_told_so(self, guests: Guests, shut: GuestLogin) -> None:
        with pytest.raises(NodeUnreachable, match="is not let in"):
            guests.log_in(shut)

    def test_a_key_is_a_pair(self, guests: Guests) -> None:
        key = guests.new_key("cluster hpc")
        assert key.public.startswith("ssh-ed25519 ") and key.public.endswith(" cluster hpc") and key.private


class TestMemoryGuests(GuestsContract):
    @pytest.fixture
    def guests(self) -> MemoryGuests:
        return MemoryGuests(shut={"10.0.0.9"}, failing={"10.0.0.3": "broken"})

    @pytest.fixture
    def login(self) -> GuestLogin:
        return GuestLogin("10.0.0.2", "alias", "/known_hosts")

    @pytest.fixture
    def failing(self) -> GuestLogin:
        return GuestLogin("10.0.0.3", "alias", "/known_hosts")

    @pytest.fixture
    def shut(self) -> GuestLogin:
        return GuestLogin("10.0.0.9", "alias", "/known_hosts")


@pytest.mark.slow
class TestSshGuests(GuestsContract):
    @pytest.fixture
    def sshd(self, new_sshd: NewSshd) -> Sshd:
        sshd = new_sshd()
        public = Path(f"{sshd.private_key}.pub").read_text()
        (sshd.folder / "authorized_keys").write_text(public)  # a shell, and no forced command
        return sshd

    @pytest.fixture
    def guests(self) -> SshGuests:
        return SshGuests(patience_s=0)

    @pytest.fixture
    def login(self, sshd: Sshd, tmp_path: Path) -> GuestLogin:
        known = str(tmp_path / "with a blank" / "known_hosts")
        os.makedirs(os.path.dirname(known))
        return GuestLogin("127.0.0.1", "one-1", known, (sshd.private_key,), user=sshd.user, port=sshd.port)

    @pytest.fixture
    def failing(self, login: GuestLogin) -> GuestLogin:
        return login

    @pytest.fixture
    def shut(self, sshd: Sshd, tmp_path: Path) -> GuestLogin:
        make_key(str(tmp_path / "strange"))
        known = str(tmp_path / "known_hosts")
        return GuestLogin("127.0.0.1", "one-2", known, (str(tmp_path / "strange"),), user=sshd.user, port=sshd.port)

    def test_the_host_key_is_pinned_by_the_first_session(
        self, guests: SshGuests, login: GuestLogin, new_sshd: NewSshd, sshd: Sshd
    ) -> None:
        guests.log_in(login).close()
        assert sshd.host_key.base64 in Path(login.known_hosts).read_text()
        other = new_sshd()
        (other.folder / "authorized_keys").write_text(Path(f"{sshd.private_key}.pub").read_text())
        with pytest.raises(NodeUnreachable, match="is not let in"):
            guests.log_in(GuestLogin(**{**vars(login), "port": other.port}))
