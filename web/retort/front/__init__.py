"""The front: how Gunicorn reads requests and writes answers. The README beside it tells how."""

from flask import Flask

from .settings import FrontSettings


def init_app(app: Flask, settings: FrontSettings) -> None:
    # The front stops reading there; under another worker class Flask does.
    app.config["MAX_CONTENT_LENGTH"] = settings.body_bytes
