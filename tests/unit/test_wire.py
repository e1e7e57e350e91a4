"""What goes over the wire, and what can't."""

import pytest

from router.model.errors import PermanentError
from router.store import wire


def test_a_text_that_is_no_unicode_is_told_as_what_stays_wrong() -> None:
    # So it is set aside alone: any other error would end the worker, and end it again at its next start.
    with pytest.raises(PermanentError, match="can't be written down"):
        wire.encode({"note": "\ud800"})
