"""The shared cases, real payloads that nobody in the project wrote: read in place, never copied, never obeyed."""

import os
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent


def shared_cases(folder: str) -> Path:
    """Where the shared cases of `folder` are: in HILO_CASES, else in ../shared/cases; a skip, aloud, without them."""
    found = Path(os.environ.get("HILO_CASES") or TOP.parent / "shared" / "cases") / folder
    if not found.is_dir():
        pytest.skip(f"no shared cases here: {found} (set HILO_CASES)", allow_module_level=True)
    return found
