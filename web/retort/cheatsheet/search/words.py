"""The words of a text or of what was typed: in lower case, without endings, and without the noise
of an error message."""

from __future__ import annotations

import re
from functools import lru_cache

KEPT = 500  # words whose parts and stem are kept

_NAME = re.compile(r"[A-Za-z]\w*|\d+", re.ASCII)
_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", re.ASCII)
_ENDINGS = re.compile(r"(?<=\w{3})(ations?|ing|ed|es|s|e|ly|ies|y|er|or|ion|ions)$")
_DOUBLED = re.compile(r"(?<=\w{2}(\w))\1$")  # running: runn: run

# What an error message says of one program alone, its statement, values, files and names; and
# classes that so many errors share that they tell nothing of this one.
_NOISE = re.compile(
    r"""
      \b(Argument|Assertion|Attribute|Command|Compile|DBAPI|Data|Database|Interface|Internal
        |InvalidRequest|Name|NotImplemented|NotSupported|Operational|Programming|Runtime|Statement
        |Type|Value)Error\b
    | \b(SA|User)Warning\b | \b(psycopg2?\.errors|asyncpg\.exceptions)\.\w+
    | ((?<=attribute\ )|(?<=argument\ )|(?<=named\ ))'(?=\w+') | '(?=\w+'\ object)
    | \bLINE\ \d+:[^\n]*?(?=\^|DETAIL:|HINT:|\[SQL:|\(Background|\n|$) | (?<=column\ )\w+\.\w+
    | \b(CONTEXT|DETAIL|ERROR|FAILED|FATAL|HINT):
    | Failing\ row\ contains\ \([^)]*\) | \([^()]*\)=\([^()]*\)
    | \[SQL:.*?(?=\[parameters:|\(Background|$) | \[parameters:.*?(?=\(Background|$)
    | \(Background\ on\ this\ error\ at:[^)]*\)? | https?://\S+ | \b0x[0-9a-fA-F]+
    | Traceback\ \(most\ recent\ call\ last\):? | File\ "[^"]*",\ line\ \d+(,\ in\ \S+)?
    | "[^"]*" | (?<![\w=])'[^']*'(?!\w) | <[^<>]*> | \b([a-z]\w*\.)+(?=[A-Z])
    """,
    re.VERBOSE | re.DOTALL,
)

# Words that do not tell what is looked for.
STOP = frozenset(
    """a an the to of for how do does i my is are be it its that this with from can what when which
    use using used way sqlalchemy flask have has get per in on at by and or not so as was were
    there no you your me we s t don doesn isn won didn should would could will but than then into
    about why where all one""".split()  # noqa: SIM905
)

# What people call the tables of the sheet.
_TABLES = {
    "person": "user users customer customers people employee employees member members client "
    "clients student students",
    "order": "purchase purchases sale sales invoice invoices",
}
# Other words for what the recipes say.
_OTHERS = {
    "delete": "remove erase",
    "row": "record entry tuple",
    "column": "field attribute",
    "update": "modify change edit",
    "select": "fetch retrieve",
    "migration": "migrate alembic",
    "hang": "freeze froze frozen stuck hung",
}


@lru_cache(maxsize=KEPT)
def stem(word: str) -> str:
    """What the forms of a word, like deletes, deleting and deleted, have in common."""
    rest = _ENDINGS.sub("", word)
    return rest if word.endswith(("ation", "ations")) else _DOUBLED.sub("", rest)


TABLES = {other: word for word, others in _TABLES.items() for other in others.split()}
SYNONYMS = {stem(other): stem(word) for word, others in _OTHERS.items() for other in others.split()}


def names(text: str) -> list[str]:
    """The words of a text as they stand; a name like `order_by` or `QueuePool` is one."""
    return _NAME.findall(text)


@lru_cache(maxsize=KEPT)
def parts(name: str) -> tuple[str, ...]:
    """The words in a name, in lower case: of `QueuePool` queue and pool."""
    return tuple(part.lower() for part in _PART.findall(name))


def told(query: str) -> list[str]:
    """The words of a query as they stand, without the noise of an error message."""
    return names(_NOISE.sub(" ", query)) or names(query)


def asked(query: str) -> list[str]:
    """The words that tell what a query looks for, each once."""
    found = list(dict.fromkeys(told(query)))
    return [name for name in found if name.lower() not in STOP] or found
