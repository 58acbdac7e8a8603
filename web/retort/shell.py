"""The names that `flask shell` has from the start: db, every model, select."""

from flask import Flask
from sqlalchemy import select

from . import models
from .database import db


def init_app(app: Flask) -> None:
    app.shell_context_processor(context)


def context() -> dict[str, object]:
    mapped = {mapper.class_.__name__: mapper.class_ for mapper in db.Model.registry.mappers}
    return {"db": db, "select": select, "models": models, **mapped}
