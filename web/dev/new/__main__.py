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

from . import texts, unused
from .parts import OWN, PARTS, Part, all_of
from .python import Pruner

ROOT = Path(__file__).parents[3]
OLD = "retort"
NAMED = ("web/retort/models.py", "web/retort/health.py", "db-init/embedded/commands.py")
VERSIONS = "db-init/db_init/migrations/versions/"
GENERATED = "web/retort/cheatsheet/README.md"
BY_LINE = (".yml", ".toml", "Dockerfile", "ignore", ".in", ".json", ".html")
TEXTS = {
    ".md": texts.markdown,
    **dict.fromkeys(("Makefile", ".env.example", ".ci/run"), texts.blocks),
    **dict.fromkeys(("ci.yml", "dependabot.yml"), texts.items),
    **dict.fromkeys(BY_LINE, texts.lines),
}
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


def pruned(path: str, text: str, parts: list[Part]) -> str:
    """The text of a file without what belongs to the parts that are gone."""
    if path.endswith(".py"):
        modules = [
            re.sub(r"^(web|db-init)\.", "", folder.removesuffix(".py").replace("/", "."))
            for part in parts
            for folder in part.folders
        ] + [f"retort.models.{name}" for part in parts for name in part.names]
        # In `web/`, texts about a part are only in the part itself.
        strings = [part.strings for part in parts if not path.startswith("web/")]
        return Pruner(
            path,
            text,
            gone=re.compile("|".join(rf"{re.escape(module)}(\.|$)" for module in modules)),
            strings=re.compile("|".join(strings) or r"(?!)"),
            names={name for part in parts for name in part.names if path in NAMED},
        ).pruned()
    if path == GENERATED:
        return text
    for end, edit in TEXTS.items():
        if path.endswith(end):
            text = re.sub("|".join(part.phrases for part in parts), "", text)
            return edit(text, re.compile("|".join(part.words for part in parts)))
    return text


def write(into: Path, name: str, package: str, parts: list[Part]) -> None:
    folders = tuple(folder for part in parts for folder in part.folders)
    for path in tracked():
        if below(path, folders):
            continue
        new = into / renamed(path, name, package)
        try:
            whole = (ROOT / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:  # a picture
            new.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, new)
            continue
        text = pruned(path, whole, parts)
        if path.startswith(VERSIONS) and text != whole:
            if "def upgrade" not in text:
                continue  # nothing of the migration is left
            # It has less than its name and its heading say.
            new = new.with_name(f"{new.name.partition('_')[0]}_tables.py")
            text = re.sub(r'\A(""".*"""\n\n)?', '"""Tables"""\n\n', text)
        if text or not whole:
            new.parent.mkdir(parents=True, exist_ok=True)
            new.write_text(renamed(text, name, package), encoding="utf-8")
            shutil.copymode(ROOT / path, new)


def match_revisions(into: Path, package: str) -> None:
    """Keep what `web` expects, and what the README shows, in step with the migrations left."""
    there = sorted(path.name.partition("_")[0] for path in (into / VERSIONS).glob("*.py"))
    for file in (into / f"web/{package}/revisions").glob("*.txt"):
        if file.stem not in there:
            file.unlink()
    readme = into / "README.md"
    readme.write_text(re.sub(r"(?<=none to )\w+", there[-1], readme.read_text()))


def tidy(into: Path) -> None:
    """Cut what only the removed parts used."""
    ruff = [sys.executable, "-m", "ruff"]
    before = [ROOT / path for path in tracked()]
    words = unused.words(before)
    while True:
        subprocess.run([*ruff, *TIDY], cwd=into, check=False)
        if not unused.cut_names(words, into):
            break
    unused.cut_libraries(unused.imported(path for path in before if path.suffix == ".py"), into)
    subprocess.run([*ruff, "format", "--quiet", "."], cwd=into, check=False)


def finish(into: Path) -> None:
    """Say what it was made of; make a first commit."""
    project = into / "pyproject.toml"
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    project.write_text(f"# Made of Retort {version}.\n{project.read_text()}")
    if git := shutil.which("git"):
        done = subprocess.CompletedProcess[str]([], 0)
        for command in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "First"]):
            done = subprocess.run(
                [git, *command], cwd=into, capture_output=True, text=True, check=False
            )
        if done.returncode:
            print(f"No commit was made: {done.stderr.strip().splitlines()[-1]}")


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
    write(into, name, package, [OWN, *(PARTS[part] for part in gone)])
    match_revisions(into, package)
    tidy(into)
    finish(into)
    also = [part for part in gone if part not in given.without.split()]
    print(f"{into}: {name}" + (f", without {', '.join(gone)}" if gone else ""))
    if also:
        print(f"{', '.join(also)}: left out too, since they need what is left out.")


main()
