"""The Twitter channel against the sandbox: its settings, with keys that the sandbox knows."""

from typing import Any

from channels.twitter.settings import TwitterSettings
from router.model.secret import Secret
from tests.sandbox_process import X_KEYS

ACCOUNT = "HiloCare"


def settings_for_tests(base_url: str, **more: Any) -> TwitterSettings:
    """An account that looks ten times a second."""
    keys = {name.removeprefix("x_"): Secret.of(key) for name, key in X_KEYS.items()}
    often = {"mentions": "100ms", "replies": "100ms", "messages": "100ms"}
    given: dict[str, Any] = {"account": ACCOUNT, "base_url": base_url, "poll": often, **keys, **more}
    return TwitterSettings(**given)
