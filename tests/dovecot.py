"""Dovecot as the tests use it: unprivileged, in a temporary folder, IMAP on a free port, ended by its PID."""

import asyncio
import grp
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from tests.ports import free_ports

DOVECOT = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin")
USER, PASSWORD = "care", "s3cret"

CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 0
first_valid_gid = 0
mail_location = maildir:{folder}/mail
mailbox_idle_check_interval = 1s
auth_mechanisms = plain login
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap_port}
  }}
  inet_listener imaps {{
    port = {imaps_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


@dataclass(frozen=True)
class Dovecot:
    """A running server with one user."""

    folder: Path
    imap_port: int
    imaps_port: int

    @property
    def certificate(self) -> Path:
        """What vouches for the server."""
        return self.folder / "certificate.pem"

    def deliver(self, *mails: bytes, at: datetime | None = None) -> None:
        """Put mails into the mailbox, which notes that they came `at` (now)."""
        waiting = list(mails)
        while waiting:
            try:
                with self.mailbox() as imap:
                    while waiting:
                        imap.append("INBOX", waiting[0], msg_time=at)
                        del waiting[0]
            except IMAPClientError as error:
                # A server that finds its mails renumbered while it takes one says so, and does not take it.
                if "deleted under us" not in str(error):
                    raise

    @contextmanager
    def mailbox(self) -> Iterator[IMAPClient]:
        """A signed-in connection with INBOX selected."""
        with IMAPClient("127.0.0.1", self.imap_port, ssl=False, timeout=10) as imap:
            imap.login(USER, PASSWORD)
            imap.select_folder("INBOX")
            yield imap

    def renumber(self) -> None:
        """Have the server number its mails anew, as after it lost its index: another UIDVALIDITY, the same mails."""
        uids = self.folder / "mail" / "dovecot-uidlist"
        head = uids.read_text(encoding="utf-8").partition("\n")[0]
        validity = re.search(r"V(\d+)", head)
        assert validity is not None
        head = re.sub(r"N\d+", "N1", head.replace(validity.group(), f"V{int(validity[1]) + 1}"))
        uids.write_text(f"{head}\n", encoding="utf-8")
        for path in (self.folder / "mail").glob("dovecot.index*"):
            path.unlink()


@asynccontextmanager
async def running_dovecot(more: str = "", *, certified: bool = False) -> AsyncIterator[Dovecot]:
    """A Dovecot in a folder of its own; a skip, aloud, where there is none.

    `more` are further lines of its configuration; `certified` gives it a certificate (`Dovecot.certificate`) for TLS.
    """
    if DOVECOT is None:
        pytest.skip("no Dovecot here (Debian: apt-get install dovecot-imapd)")
    # Dovecot does not let root sign people in, so root's tests run it as nobody.
    user = pwd.getpwuid(os.getuid()) if os.getuid() else pwd.getpwnam("nobody")
    with tempfile.TemporaryDirectory(prefix="hilo-dovecot-") as name:
        folder, (imap_port, imaps_port) = Path(name), free_ports(2)
        os.chown(folder, user.pw_uid, user.pw_gid)
        if certified:
            more += _certificate(folder, user)
        path = folder / "dovecot.conf"
        path.write_text(_configuration(folder, user, imap_port, imaps_port) + more, encoding="utf-8")
        path.chmod(0o644)
        become: dict[str, Any] = {} if os.getuid() else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": ()}
        process = await asyncio.create_subprocess_exec(DOVECOT, "-F", "-c", str(path), cwd=folder, **become)
        try:
            async with asyncio.timeout(20):
                await _answering(imap_port)
            yield Dovecot(folder, imap_port, imaps_port)
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


def _certificate(folder: Path, user: pwd.struct_passwd) -> str:
    """The lines of configuration for a certificate of its own making; a skip, aloud, where none can be made."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl here to make a certificate")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-out", str(certificate), "-keyout", str(key)]
    subprocess.run(command, check=True, capture_output=True)
    for path in (certificate, key):
        os.chown(path, user.pw_uid, user.pw_gid)
    return f"ssl = yes\nssl_cert = <{certificate}\nssl_key = <{key}\n"


def _configuration(folder: Path, user: pwd.struct_passwd, imap_port: int, imaps_port: int) -> str:
    return CONFIGURATION.format(
        folder=folder,
        user=user.pw_name,
        group=grp.getgrgid(user.pw_gid).gr_name,
        uid=user.pw_uid,
        gid=user.pw_gid,
        password=PASSWORD,
        imap_port=imap_port,
        imaps_port=imaps_port,
    )


async def _answering(port: int) -> None:
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
