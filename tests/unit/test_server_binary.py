"""Which server may open which data."""

import pytest

from router.store.server_binary import Make, Release

VALKEY_9_1 = Release(Make.VALKEY, (9, 1, 2))
VALKEY_8_0 = Release(Make.VALKEY, (8, 0, 1))
REDIS_7_0 = Release(Make.REDIS, (7, 0, 15))
REDIS_7_2 = Release(Make.REDIS, (7, 2, 4))
REDIS_8_0 = Release(Make.REDIS, (8, 0, 0))


@pytest.mark.parametrize(
    ("reader", "writer", "reads"),
    [
        (VALKEY_9_1, VALKEY_9_1, True),
        (VALKEY_9_1, VALKEY_8_0, True),
        (VALKEY_8_0, VALKEY_9_1, False),
        (Release(Make.VALKEY, (9, 1, 0)), VALKEY_9_1, True),
        (REDIS_7_2, REDIS_7_0, True),
        (REDIS_7_0, REDIS_7_2, False),
        (VALKEY_8_0, REDIS_7_0, True),
        (VALKEY_9_1, REDIS_7_2, True),
        (VALKEY_9_1, REDIS_8_0, False),
        (REDIS_8_0, VALKEY_8_0, False),
    ],
    ids=str,
)
def test_a_server_reads_its_own_make_up_to_its_version_and_valkey_reads_redis_up_to_7_2(
    reader: Release, writer: Release, reads: bool
) -> None:
    assert reader.reads(writer) is reads
