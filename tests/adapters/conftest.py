"""What the tests of several adapters share."""

from collections.abc import Iterator

import pytest

from tests.postgres import throw_away_cluster


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Return the URL of a PostgreSQL that lives as long as the test run."""
    with throw_away_cluster() as url:
        yield url
