"""What people deploy: ORM objects of a session, made JSON by `jsonify`."""

import os

from flask import Flask, Response, jsonify, render_template, request
from sqlalchemy import Select, select
from sqlalchemy.orm import selectinload

from retort.database import db
from retort.models import Order, Person, Project

app = Flask(__name__, template_folder=".")
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["SQLALCHEMY_URL"]
app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"pool_size": int(os.environ["THREADS"])}
db.init_app(app)


@app.get("/")
def hello() -> tuple[str, dict[str, str]]:
    person = db.session.scalars(select(Person).order_by(Person.id).limit(1)).one()
    return f"Hello, {person.name}!\n", {"Content-Type": "text/plain"}


@app.get("/page")
def page() -> str:
    persons = db.session.scalars(select(Person).order_by(Person.id).limit(12)).all()
    return render_template("page.html", persons=persons)


@app.get("/row/<int:key>")
def person(key: int) -> Response:
    return jsonify(person_as_dict(db.get_or_404(Person, key)))


@app.post("/projects")
def add_project() -> tuple[Response, int]:
    project = Project(name=request.get_json()["name"])
    db.session.add(project)
    db.session.commit()
    return jsonify(id=project.id, name=project.name), 201


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
