"""Mail addresses as handles: one way to write each, whatever way it was written."""

import hashlib
import re

import idna

from router.model.message import Handle

KIND = "email"
LOCAL_LENGTH = 64
DOMAIN_LENGTH = 253
# Nobody receives mail there (RFC 2606 section 2): the handle only keeps the sender's messages together.
NOWHERE = "invalid"
LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")


def mail_handle(address: str) -> Handle | None:
    """The handle of `address`, its domain in lower case and in ASCII (IDNA 2008, UTS 46); None if it is no address."""
    local, at, domain = address.strip().rpartition("@")
    name = ascii_domain(domain)
    if not at or not name or not 0 < len(local) <= LOCAL_LENGTH or not local.isprintable() or " " in local:
        return None
    return None if any(mark in local for mark in '<>(),:;@\\"[]') else Handle(KIND, f"{local}@{name}")


def is_form_of(address: str, account: str) -> bool:
    """Whether mail to `address` is for the `account`: the same one, in any case, or with a `+tag` (RFC 5233)."""
    return _tag(address, account) is not None


def tag_of(address: str, account: str) -> str:
    """What stands behind the `+` of `address`, in small letters; empty if it has none, or is none of the `account`."""
    return _tag(address, account) or ""


def _tag(address: str, account: str) -> str | None:
    written, ours = mail_handle(address), mail_handle(account)
    if written is None or ours is None:
        return None
    name, _, domain = written.address.lower().rpartition("@")
    own_name, _, own_domain = ours.address.lower().rpartition("@")
    if domain != own_domain or not f"{name}+".startswith(f"{own_name}+"):
        return None
    return name[len(own_name) + 1 :]


def unknown_handle(digest: str) -> Handle:
    """The handle of a mail that names no sender, made of the mail's own `digest`."""
    return Handle(KIND, f"unknown-{digest[:16]}@{NOWHERE}")


def is_reachable(handle: Handle) -> bool:
    """Whether mail can be sent to `handle`."""
    return domain_of(handle.address) != NOWHERE


def domain_of(address: str) -> str:
    """What stands behind the last `@`, in ASCII."""
    return ascii_domain(address.rpartition("@")[2])


def ascii_domain(domain: str) -> str:
    """`domain` in lower case and in ASCII; empty if it is no domain's name."""
    name = domain.strip().rstrip(".").lower()
    if not name.isascii():
        try:
            name = idna.encode(name[:DOMAIN_LENGTH], uts46=True).decode("ascii").lower()
        except (UnicodeError, ValueError):
            return ""
    fits = 0 < len(name) <= DOMAIN_LENGTH and all(LABEL.fullmatch(label) for label in name.split("."))
    return name if fits else ""


def digest_of(data: bytes) -> str:
    """The digest under which `data` is known, 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()
