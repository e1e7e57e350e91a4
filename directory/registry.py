"""Which directories there are: the one place that knows each by its name."""

from directory.contract import Directory
from directory.settings import DirectorySettings
from router.model.clock import Clock


def directory_for(settings: DirectorySettings, clock: Clock, region: str = "") -> Directory:
    """The directory with these settings; phones and ID numbers that name no country are of `region`.

    Each is imported when it is asked for, and with it what it needs.
    """
    if settings.file:
        from directory.file import FileDirectory

        return FileDirectory(settings.file, region)
    if settings.http:
        from directory.http import HttpDirectory

        return HttpDirectory(settings.http, clock, region)
    if settings.sql:
        from directory.sql import SqlDirectory

        return SqlDirectory(settings.sql, region)
    raise ValueError("a directory of no kind")
