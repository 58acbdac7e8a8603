"""What is not served leads nowhere, not even through it."""

from __future__ import annotations

import pytest
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from ...application import settings_on
from ...postgres import Server
from ..application import application_of
from .conftest import Rows
from .tables import granted


class Base(DeclarativeBase):
    pass


db = SQLAlchemy(model_class=Base)


class Human(db.Model):
    __tablename__ = "humans"

    id: Mapped[int] = mapped_column(primary_key=True)


class Link(db.Model):
    """Whose table has not the column that it hides."""

    __tablename__ = "links"
    __api__ = {"hidden": {"secret"}, "read": ["boss"]}

    one: Mapped[int] = mapped_column(ForeignKey("humans.id"), primary_key=True)
    other: Mapped[int] = mapped_column(ForeignKey("humans.id"), primary_key=True)
    secret: Mapped[str]


def test_a_table_that_does_not_fit_its_model_is_no_association(server: Server) -> None:
    with server.clone() as database:
        database.execute(
            "CREATE TABLE humans (id int PRIMARY KEY)",
            "CREATE TABLE links (one int REFERENCES humans, other int REFERENCES humans, "
            "PRIMARY KEY (one, other))",
            "INSERT INTO humans VALUES (1), (2)",
            "INSERT INTO links VALUES (1, 2)",
            *granted(database.web.username or "", "public"),
        )
        with application_of(db, settings_on(database.web, API_SCHEMAS="public")) as app:
            client = app.test_client()
            assert client.get("/api/links").status_code == 404
            for embed in ("humans(id)", "humans!links(id)", "humans!links_one_fkey(id)"):
                response = client.get(f"/api/humans?select={embed}")
                assert response.get_json()["code"] == "PGRST200"


@pytest.mark.parametrize(
    "path",
    [
        "loans?select=rates(*)",
        "loans?select=rated(*)",
        "rates?select=loans(*)",
        "lent?select=rates(*)",
        "rates?select=lent(*)",
    ],
)
def test_a_key_of_a_period_leads_nowhere(rows: Rows, refused: Rows, path: str) -> None:
    """What it leads to has a longer one."""
    assert refused(path)[:2] == (400, "PGRST200")
    assert [loan["id"] for loan in rows("loans")] == [1]
