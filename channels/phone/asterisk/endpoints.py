"""Numbers and SIP addresses as Asterisk's endpoints."""

import re

from channels.phone.asterisk.settings import AsteriskSettings
from router.model.call import PHONE
from router.model.errors import PermanentError
from router.model.message import Handle

E164 = re.compile(r"\+[1-9][0-9]{4,14}")
# Anything else could name another endpoint, or several: `&` rings many, `/` and `@` choose the trunk.
USER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,78}")


def endpoint_of(handle: Handle, settings: AsteriskSettings) -> str:
    """Asterisk's endpoint that rings `handle`. Raises PermanentError if it can be none."""
    if handle.kind == PHONE:
        if not E164.fullmatch(handle.address):
            raise PermanentError(f"{handle.address[:40]!r} is no telephone number in E.164: correct it, `+` and digits")
        return settings.numbers.replace("{number}", handle.address).replace("{digits}", handle.address[1:])
    user = handle.address.removeprefix("sip:").partition("@")[0]
    if handle.kind != "sip" or not USER.fullmatch(user):
        raise PermanentError(f"{str(handle)[:60]!r} is no phone that Asterisk can ring: correct it in the agent's card")
    return settings.devices.replace("{user}", user)
