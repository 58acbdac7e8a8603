"""`GET /`: hello, with a name that came out of Postgres; for a browser, `front_page` says it."""

from flask import Blueprint, Response, current_app, jsonify, request
from sqlalchemy import select
from sqlalchemy.exc import ProgrammingError

from .database import read
from .front_page import front_page, shown
from .head import features
from .media import HTML, JSON, TEXT, preferred
from .models import Person

blueprint = Blueprint("greeting", __name__)

FIRST_PERSON = select(Person.name).order_by(Person.id).limit(1)

NOBODY_YET = """
The table persons is empty. Add somebody:

  make psql
  INSERT INTO persons (name) VALUES ('Amy');
"""

NO_PERSONS = """
This database has no table persons like the one that db-init makes, or web may not read it.
"""

NOT_FOR_EVERYBODY = """
Not everybody may see the names in the table persons.
"""


@blueprint.get("/")
def hello() -> Response | str:
    form = preferred()
    if form == HTML:
        return front_page()
    try:
        persons = read(FIRST_PERSON)
        hint = "" if persons else NOBODY_YET
        if not shown(current_app):
            persons, hint = (), NOT_FOR_EVERYBODY
    except ProgrammingError:
        others = (
            f"{request.script_root}{feature.path}: {feature.text}.\n"
            for feature in features(current_app)
        )
        persons, hint = (), NO_PERSONS + "".join(others)
    greeting = f"Hello, {persons[0].name if persons else 'stranger'}!"
    if form == JSON:
        return jsonify(greeting=greeting, hint=hint.strip() or None)
    return Response(f"{greeting}\n{hint}", mimetype=TEXT)
