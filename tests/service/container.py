"""A Postgres in a container of Docker's."""

from collections.abc import Generator
from contextlib import contextmanager

import docker
from docker.errors import DockerException
from requests import RequestException
from sqlalchemy import URL, make_url
from testcontainers.community.postgres import PostgresContainer

IMAGE = "postgres:18"


class NotStarted(Exception):
    """Why there is no container, in one line."""


def docker_answers() -> bool:
    """Whether a Docker engine can be asked for a container."""
    try:
        docker.from_env(timeout=5).close()
    except DockerException:
        return False
    return True


@contextmanager
def start(conf: dict[str, str]) -> Generator[URL]:
    """Give the superuser's URL of a server that is configured so, and gone afterwards.

    Raises NotStarted.
    """
    container = PostgresContainer(IMAGE, driver="psycopg2")
    command = " ".join(f"-c {name}={value}" for name, value in conf.items())
    try:
        try:
            container.with_command(f"postgres {command}").start()
            url = make_url(container.get_connection_url())
        except (DockerException, RequestException, TimeoutError, ConnectionError) as error:
            reason = getattr(error, "explanation", None) or error
            raise NotStarted(f"Docker cannot start {IMAGE}: {reason}") from error
        yield url
    finally:
        container.stop()
