"""What a part of the day means as a time of day: as promised hours are counted where ops say nothing else."""

from dataclasses import dataclass

LATEST = 24 * 60


@dataclass(frozen=True, slots=True)
class Hours:
    """Minutes of the day: until when a day, or a part of one, is meant; LATEST is midnight."""

    first_thing: int = 9 * 60
    noon: int = 12 * 60
    day_ends: int = 18 * 60
    afternoon: int = 18 * 60
    night: int = 22 * 60
    midnight: int = LATEST


USUAL = Hours()
