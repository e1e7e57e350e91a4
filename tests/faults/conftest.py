"""What several tests of faults stand on."""

from collections.abc import Iterator

import pytest

from tests.redis_servers import Cluster, NoServerError, cluster


@pytest.fixture(scope="module")
def made() -> Iterator[Cluster]:
    """A cluster of three primaries and three replicas for the tests of one module; a skip, aloud, without a server."""
    try:
        with cluster() as started:
            yield started
    except NoServerError as error:
        pytest.skip(str(error))
