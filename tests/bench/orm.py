"""What people write: ORM objects of a session, made JSON by `jsonify`."""

import os

from flask import Flask, Response, jsonify, request
from sqlalchemy import Select, select
from sqlalchemy.orm import selectinload

from retort.database import db
from retort.models import Order, Person

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["SQLALCHEMY_URL"]
app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"pool_size": int(os.environ["THREADS"])}
db.init_app(app)


@app.get("/list")
def persons() -> Response:
    found = db.session.scalars(first_persons())
    return jsonify([person_as_dict(person) for person in found])


@app.get("/embedded")
def persons_with_orders() -> Response:
    statement = first_persons().options(selectinload(Person.orders))
    return jsonify(
        [
            person_as_dict(person) | {"orders": [order_as_dict(order) for order in person.orders]}
            for person in db.session.scalars(statement)
        ]
    )


def first_persons() -> Select[Person]:
    return select(Person).order_by(Person.id).limit(request.args.get("limit", type=int))


def person_as_dict(person: Person) -> dict[str, object]:
    return {
        "id": person.id,
        "name": person.name,
        "email": person.email,
        "manager_id": person.manager_id,
        "tags": person.tags,
        "profile": person.profile,
        "version": person.version,
        "created_at": person.created_at.isoformat(),
        "updated_at": person.updated_at.isoformat(),
    }


def order_as_dict(order: Order) -> dict[str, object]:
    return {
        "id": order.id,
        "person_id": order.person_id,
        "status": order.status,
        "amount": float(order.amount),
        "placed_at": order.placed_at.isoformat(),
    }
