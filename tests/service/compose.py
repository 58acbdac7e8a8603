"""What the compose files say."""

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]


class Loader(yaml.SafeLoader):
    """It takes Compose's own tag as nothing."""


def reset(loader: Loader, node: yaml.Node) -> None: ...


Loader.add_constructor("!reset", reset)  # pyright: ignore[reportUnknownMemberType]


def services(path: str) -> dict[str, Any]:
    """Take the path of a compose file, give its services."""
    return yaml.load((ROOT / path).read_text(encoding="utf-8"), Loader)["services"]
