"""`make new name=shop`: writes a new project of that name, without the parts not wanted."""

from __future__ import annotations

import argparse
import keyword
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

from . import texts
from .parts import PARTS, all_of
from .python import Pruner

ROOT = Path(__file__).parents[3]
OLD = "retort"
NAMED = ("web/retort/models.py", "db-init/embedded/commands.py")
VERSIONS = "db-init/db_init/migrations/versions/"
# What belongs to this command alone, or to this project's own history.
OWN = ("web/dev/new", "tests/new", "CHANGELOG.md", ".github/pictures")
OWN_WORDS = r"make new|\bnew:|test-new|Make it yours|web/dev/new|pictures/"
CHANGELOG = """\
# Changelog

## [{}]

**What a clone has to do:** nothing, since this is the first version.
"""
BY_LINE = (".yml", ".toml", "Dockerfile", "ignore", ".in", ".json", "/run", ".html")
TIDY = ["check", "--quiet", "--fix", "--unsafe-fixes", "--select=F401,F841,I", "."]
TAKEN = {"app", "tests", "embedded", "db_init", "dev", "web", "alembic_version", "postgres"}


class Refused(SystemExit):
    """Why no project was written, and what to do."""


def names(name: str) -> tuple[str, str]:
    """The project's name, for folders and Compose, and the name of its package.

    Raises Refused, with a suggestion.
    """
    near = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-").lstrip("0123456789-")
    package = name.replace("-", "_")
    taken = TAKEN | sys.stdlib_module_names | packages_distributions().keys() | {OLD}
    if not re.fullmatch(r"(?=.{1,40}$)[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        raise Refused(f"name={name}: take small letters, digits and hyphens, like {near or 'shop'}")
    if keyword.iskeyword(package) or package in taken:
        raise Refused(
            f"name={name}: something else has this name; take another, like {name[:30]}-service"
        )
    return name, package


def tracked() -> list[str]:
    """The files of this project, except those that git ignores."""
    command = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    if (git := shutil.which("git")) and (ROOT / ".git").exists():
        listed = subprocess.run(
            [git, *command], cwd=ROOT, capture_output=True, text=True, check=True
        )
        return [path for path in listed.stdout.split("\0") if path and (ROOT / path).is_file()]
    ignored = {line.strip("/\n") for line in (ROOT / ".gitignore").read_text().splitlines()}
    paths = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return [str(path) for path in paths if not any(part in ignored for part in path.parts)]


def below(path: str, folders: tuple[str, ...]) -> bool:
    return any(path == folder or path.startswith(f"{folder}/") for folder in folders)


def renamed(text: str, name: str, package: str) -> str:
    """The text, or a path, with the new name in place of the old."""
    title = name.replace("-", " ").capitalize()
    text = re.sub(
        rf"\b{OLD}(?=-|\.example|_data\b)|(?<=^name = \"){OLD}", name, text, flags=re.MULTILINE
    )
    text = text.replace(OLD.upper(), package.upper())
    return text.replace(OLD, package).replace(OLD.capitalize(), title)


def pruned(path: str, text: str, gone: list[str]) -> str:
    """The text of a file without what belongs to the parts that are gone."""
    parts = [PARTS[name] for name in gone]
    words = re.compile("|".join([OWN_WORDS, *(part.words for part in parts)]))
    if path.endswith(".py"):
        folders = [folder for part in parts for folder in part.folders]
        modules = [
            re.sub(r"^(web|db-init)\.", "", folder.removesuffix(".py").replace("/", "."))
            for folder in folders
        ] + [f"retort.models.{name}" for part in parts for name in part.names]
        # In `web/`, texts about a part are only in the part itself.
        strings = [part.strings for part in parts if not path.startswith("web/")]
        module = re.sub(r"^(web|db-init)/", "", path.removesuffix(".py").removesuffix("/__init__"))
        return Pruner(
            text,
            module.replace("/", "."),
            is_package=path.endswith("__init__.py"),
            gone=re.compile("|".join([rf"{re.escape(m)}(\.|$)" for m in modules] or [r"(?!)"])),
            strings=re.compile("|".join(strings or [r"(?!)"])),
            names={n for part in parts for n in part.names if path in NAMED},
        ).pruned()
    if path.startswith(".github/"):
        return texts.items(text, words)
    known = {".md": texts.markdown, "Makefile": texts.makefile, ".env.example": texts.example}
    known |= dict.fromkeys(BY_LINE, texts.lines)
    edit = next((edit for end, edit in known.items() if path.endswith(end)), None)
    return edit(text, words) if edit else text


def write(into: Path, name: str, package: str, gone: list[str]) -> None:
    folders = (*OWN, *(folder for part in gone for folder in PARTS[part].folders))
    for path in tracked():
        if below(path, folders):
            continue
        (new := into / renamed(path, name, package)).parent.mkdir(parents=True, exist_ok=True)
        try:
            text = (ROOT / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            shutil.copy(ROOT / path, new)
            continue
        text = pruned(path, text, gone)
        if VERSIONS in path and "def upgrade" not in text:
            continue  # nothing of the migration is left
        if text or not (ROOT / path).stat().st_size:
            new.write_text(renamed(text, name, package), encoding="utf-8")
            shutil.copymode(ROOT / path, new)


def match_revisions(revisions: Path, versions: Path) -> None:
    """Remove the revisions whose migrations are gone, so that `web` does not expect them."""
    there = {path.name.partition("_")[0] for path in versions.glob("*.py")}
    for file in revisions.glob("*.txt"):
        if file.stem not in there:
            file.unlink()


def main() -> None:
    parser = argparse.ArgumentParser(prog="make new")
    parser.add_argument("name")
    parser.add_argument("--without", default="")
    parser.add_argument("--into", default="")
    given = parser.parse_args()
    name, package = names(given.name)
    unknown = set(given.without.split()) - PARTS.keys()
    if unknown:
        raise Refused(f"without={' '.join(sorted(unknown))}: the parts are {', '.join(PARTS)}")
    gone = all_of(given.without.split())
    into = (ROOT / (given.into or f"../{name}")).resolve()
    if into.exists() and any(into.iterdir()):
        raise Refused(f"into={into}: is not empty; take another folder")
    write(into, name, package, gone)
    match_revisions(into / renamed("web/retort/revisions", name, package), into / VERSIONS)
    finish(into)
    also = [part for part in gone if part not in given.without.split()]
    print(f"{into}: {name}" + (f", without {', '.join(gone)}" if gone else ""))
    if also:
        print(f"{', '.join(also)}: left out too, since they need what is left out.")


def finish(into: Path) -> None:
    """Note the version that it was made of; remove unused imports; make a first commit."""
    project = into / "pyproject.toml"
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    project.write_text(f"# Made of Retort {version}.\n{project.read_text()}")
    (into / "CHANGELOG.md").write_text(CHANGELOG.format(version))
    ruff = [sys.executable, "-m", "ruff"]
    for command in (TIDY, ["format", "--quiet", "."]):
        subprocess.run([*ruff, *command], cwd=into, check=False)
    if git := shutil.which("git"):
        done = subprocess.CompletedProcess[str]([], 0)
        for command in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "First"]):
            done = subprocess.run(
                [git, *command], cwd=into, capture_output=True, text=True, check=False
            )
        if done.returncode:
            print(f"No commit was made: {done.stderr.strip().splitlines()[-1]}")


main()
