"""`python -m db_init.signing_key FOLDER`: the next signing key takes the place of the present one.

`secret_key` has the key that signs. `secret_key_fallbacks` has those that are accepted too: the one
before, if there was one, and last the next one, so that all who read the files know it by then.
"""

import os
import secrets
import sys
from pathlib import Path

from .secret_files import BYTES


def turn(folder: Path) -> None:
    """Let the next key sign, and make another next one. Raises OSError if a file is missing."""
    signs, fallbacks = folder / "secret_key", folder / "secret_key_fallbacks"
    before, after = _read(signs), _read(fallbacks).split(",")[-1]
    # In this order, so that whoever starts in between accepts what was signed until now.
    _replace(fallbacks, f"{before},{secrets.token_urlsafe(BYTES)}")
    _replace(signs, after)


def _read(path: Path) -> str:
    """The text of a file that its group may read, and its owner may not."""
    mode = path.stat().st_mode
    path.chmod(mode | 0o400)
    try:
        return path.read_text()
    finally:
        path.chmod(mode)


def _replace(path: Path, text: str) -> None:
    """Give a file another text, at once; whoever could read the old one can read it."""
    status, draft = path.stat(), path.with_name(f".{path.name}")
    draft.unlink(missing_ok=True)
    draft.touch(0o600)
    draft.write_text(text)
    os.chown(draft, -1, status.st_gid)
    draft.chmod(status.st_mode)
    draft.replace(path)


if __name__ == "__main__":
    turn(Path(sys.argv[1]))
    print("signing-key: the next key signs; the one before is accepted", flush=True)
