"""The way of a recipe's run, as the sheet's manual has it."""

from flask.testing import FlaskClient

from ..ways import gone, is_in_order, told


def test_a_run_goes_the_way_that_is_told(client: FlaskClient) -> None:
    way = told("retort/cheatsheet/README.md", "GET /cheatsheet/count")[
        :-2
    ]  # but for the other forms
    assert len(way) == 9
    assert is_in_order(way, gone(lambda: client.get("/cheatsheet/count")))
