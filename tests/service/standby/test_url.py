"""DATABASE_READ_URL: it only has to name where it differs from the primary's URL."""

from retort import Settings

from ..test_settings import GOOD


def test_a_standbys_url_names_what_is_not_as_in_the_primarys() -> None:
    def read(url: str) -> str | None:
        found = Settings.load(GOOD | {"DATABASE_READ_URL": url}).read_url
        return found and found.render_as_string(hide_password=False)

    assert Settings.load(GOOD).read_url is None
    assert read("postgresql://h2") == "postgresql+psycopg2://scott:tiger@h2:5432/test"
    other = "postgresql+psycopg2://a:b@h2:5433/c"
    assert read("postgresql://a:b@h2:5433/c") == other
