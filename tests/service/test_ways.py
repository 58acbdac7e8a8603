"""The way of the greeting, as the README has it."""

from retort import Settings

from .application import application
from .ways import gone, is_in_order, told


def test_the_greeting_goes_the_way_that_is_told(settings: Settings) -> None:
    way = told("README.md", "GET /")
    assert len(way) == 5

    def greet() -> None:
        with application(settings) as app:
            client = app.test_client()
            assert client.get("/").status_code == 200
            assert client.get("/", headers={"Accept": "text/html"}).status_code == 200

    assert is_in_order(way, gone(greet))


def test_another_order_is_found_out() -> None:
    assert not is_in_order(["b", "a"], ["a", "b"])
    assert not is_in_order(["a", "c"], ["a", "b"])
