"""Removes a part from texts: by headings, blocks and sentences that name it."""

from __future__ import annotations

import re

FENCE = "```"


def markdown(text: str, words: re.Pattern[str]) -> str:
    """Without the sections whose heading names it, and without the rows, items, code and sentences
    that do."""
    kept: list[str] = []
    level = 0  # of the section that goes
    for block in _blocks(text):
        heading = re.match(r"(#+) (.*)", block)
        if heading and level and len(heading[1]) <= level:
            level = 0
        if heading and not level and len(heading[1]) > 1 and words.search(heading[2]):
            level = len(heading[1])
        if not level and (left := _block(block, words)):
            kept.append(left)
    return "\n\n".join(kept) + "\n"


def _blocks(text: str) -> list[str]:
    """Paragraphs, tables, lists and whole fences."""
    found: list[str] = []
    for block in text.strip("\n").split("\n\n"):
        if found and found[-1].count(FENCE) % 2:
            found[-1] += f"\n\n{block}"
        else:
            found.append(block)
    return found


def _block(block: str, words: re.Pattern[str]) -> str:
    if not words.search(block):
        return block
    if FENCE in block:
        return _code(block, words)
    if re.match(r"[|!#-]|\d+\. ", block):
        return "\n".join(line for line in block.splitlines() if not words.search(line))
    sentences = re.split(r"(?<=[.])\s+", block)
    return " ".join(sentence for sentence in sentences if not words.search(sentence))


def _code(block: str, words: re.Pattern[str]) -> str:
    """Without the lines that name it, and what a command printed that is gone."""
    kept: list[str] = []
    is_gone = False
    for line in block.splitlines():
        if line.startswith(("$ ", FENCE)):
            is_gone = bool(words.search(line))
        if not is_gone and not words.search(line):
            kept.append(line)
    return "\n".join(kept)


def blocks(text: str, words: re.Pattern[str]) -> str:
    """Settings, targets or steps without the sections and paragraphs that name it."""
    kept: list[str] = []
    is_gone = False
    for block in text.split("\n\n"):
        if block.startswith(("# ---", "##@")):
            is_gone = bool(words.search(block.partition("\n")[0]))
        if not is_gone and not words.search(block):
            kept.append(block)
    return "\n\n".join(kept)


def lines(text: str, words: re.Pattern[str]) -> str:
    """Any other text, without the lines that name it, and without what a bracket there begins."""
    kept: list[str] = []
    depth = 0
    for line in text.splitlines(keepends=True):
        is_gone = depth > 0 or bool(words.search(line))
        if is_gone:
            depth = max(
                0, depth + len(re.findall(r"[\[({]", line)) - len(re.findall(r"[\])}]", line))
            )
        else:
            kept.append(line)
    return "".join(kept)


def items(text: str, words: re.Pattern[str]) -> str:
    """YAML without the items of lists that name it."""
    parts = re.split(r"(?m)^(?= *- )", text)
    return "".join(part for part in parts if not words.search(part))


def lock(text: str, libraries: set[str]) -> str:
    """A lock without the libraries, and without what only they need."""
    head, *found = re.split(r"(?m)^(?=\w)", text)
    entries = [(one.partition("==")[0], re.split(r"(?m)^    # via", one)[0], one) for one in found]
    needed = {
        name: [
            by
            for by in re.findall(r"(?m)^    # (?:via |  )(.+)$", one)
            if not (by.startswith("-r") and name in libraries)
        ]
        for name, _, one in entries
    }
    while gone := [name for name, by in needed.items() if all(one.startswith("-c") for one in by)]:
        for name in gone:
            del needed[name]
        needed = {name: [one for one in by if one not in gone] for name, by in needed.items()}
    return head + "".join(body + _via(needed[name]) for name, body, _ in entries if name in needed)


def _via(by: list[str]) -> str:
    if len(by) == 1:
        return f"    # via {by[0]}\n"
    return "    # via\n" + "".join(f"    #   {one}\n" for one in by)
