"""stratus user certificate: the certificates with which a user comes in over HTTP."""

import click

from stratus.commands.options import output_option, plan_option
from stratus.commands.session import Session, pass_session
from stratus.commands.user.logging_in import SetLogin, change_login, login_file
from stratus.config.logins import certificates


@click.command("certificate")
@click.argument("user", metavar="USER")
@click.argument("dn", metavar="DN")
@click.option("--remove", is_flag=True, help="Let the holder in no more.")
@plan_option
@output_option
@pass_session
def command(session: Session, user: str, dn: str, remove: bool, plan: bool, format: str) -> None:
    """Let the holder of a certificate in as a user: its subject, as RFC 2253 writes it, goes into
    authn/login-cert.properties beside the site's configuration. It serves what speaks HTTP.

    \b
    Examples:
      stratus user certificate alice 'CN=Alice,OU=Physics,O=Example,C=FR'
      stratus user certificate alice 'CN=Alice,OU=Physics,O=Example,C=FR' --remove
    """
    path = login_file(session, certificates.NAME)
    certificates.same_dn(dn)

    def change() -> bool:
        if remove:
            return certificates.remove_certificate(path, dn)
        return certificates.set_certificate(path, dn, user=user)

    change_login(session, SetLogin(user, "certificate", remove), path, change, plan=format if plan else None)
