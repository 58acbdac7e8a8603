"""`GET /`: hello, with a name that came out of Postgres."""

from flask import Blueprint, Response, jsonify
from sqlalchemy import select

from .database import read
from .front_page import front_page
from .media import HTML, JSON, TEXT, preferred
from .models import Person

blueprint = Blueprint("greeting", __name__)

FIRST_PERSON = select(Person.name).order_by(Person.id).limit(1)

NOBODY_YET = """
The table persons is empty. Add somebody:

  make psql
  INSERT INTO persons (name) VALUES ('Amy');
"""


@blueprint.get("/")
def hello() -> Response | str:
    form = preferred()
    if form == HTML:
        return front_page()
    persons = read(FIRST_PERSON)
    greeting = f"Hello, {persons[0].name if persons else 'stranger'}!"
    hint = "" if persons else NOBODY_YET
    if form == JSON:
        return jsonify(greeting=greeting, hint=hint.strip() or None)
    return Response(f"{greeting}\n{hint}", mimetype=TEXT)
