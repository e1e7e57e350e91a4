"""The browser for tests: `browser` is the system's Chromium, `page` a page in it; both skip aloud without one.

A test that uses either carries the mark `browser`. With HILO_REQUIRE_BROWSER set, as in CI, a skipped one is a failure.
"""

import os
import shutil
from collections.abc import AsyncIterator, Generator

import pytest
from playwright.async_api import Browser, Error, Page, async_playwright, expect

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Chromium asks nobody outside, writes nothing but its own profile, and runs as root in a container.
QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# The bound of every look at a page, in milliseconds: others are at work beside it. What is there ends the look at once.
expect.set_options(timeout=15_000)


def chromium() -> str | None:
    """The Chromium to drive: HILO_CHROMIUM, else the first on the PATH; None where there is none."""
    return os.environ.get("HILO_CHROMIUM") or next(filter(None, map(shutil.which, PROGRAMS)), None)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A Chromium of this test's own, without a window; ended with the test."""
    async with async_playwright() as driver:
        running = await driver.chromium.launch(executable_path=chromium(), args=QUIET)
        try:
            yield running
        finally:
            await running.close()


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """An empty page with a profile of its own; an error that a script on it does not catch fails the test."""
    context = await browser.new_context()
    errors: list[Error] = []
    context.on("weberror", lambda uncaught: errors.append(uncaught.error))
    yield await context.new_page()
    await context.close()
    assert errors == []


def pytest_report_header() -> str:
    return f"browser: {chromium() or 'none found, its tests will be skipped'}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("browser") and chromium() is None:
        pytest.skip("no Chromium here (Debian, Ubuntu: apt install chromium; or set HILO_CHROMIUM)")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and item.get_closest_marker("browser") and os.environ.get("HILO_REQUIRE_BROWSER"):
        report.outcome = "failed"
        report.longrepr = f"skipped, but HILO_REQUIRE_BROWSER is set: {call.excinfo and call.excinfo.value}"
    return report
