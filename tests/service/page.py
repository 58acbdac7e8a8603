"""A page as a person meets it: its rows, its links, its form."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urlencode

from werkzeug.test import TestResponse


class Page(HTMLParser):
    def __init__(self, response: TestResponse) -> None:
        super().__init__()
        self.status = response.status_code
        self.html = response.text
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.rows: list[list[str]] = []
        """The texts of each table row's cells, headings too."""
        self.links: dict[str, str] = {}
        """From what a link to another page is called to where it leads; of equals the first."""
        self.fields: list[tuple[str, str]] = []
        """What the form sends as it stands."""
        self.action = ""
        self._select: list[str] = []
        self._texts: list[list[str]] = []
        self._link: tuple[str, str | None] = ("", None)
        self.feed(response.text)

    @property
    def columns(self) -> dict[str, list[str]]:
        return {name: list(cells) for name, *cells in zip(*self.rows, strict=False)}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append((tag, given))
        name = given.get("name") or ""
        if tag == "form":
            self.action = given["action"] or ""
        elif tag == "input":
            self.fields.append((name, given.get("value") or ""))
        elif tag == "select":
            self._select = [name]
        elif tag == "option":
            if "selected" in given or len(self._select) == 1:
                self._select[1:] = [given.get("value") or ""]
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("th", "td", "a", "h1"):
            self._texts.append([])
            if tag == "a":
                self._link = given["href"] or "", given.get("aria-label")

    def handle_data(self, data: str) -> None:
        for text in self._texts:
            text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self.fields.append((self._select[0], self._select[1]))
        elif tag in ("th", "td", "a", "h1"):
            text = "".join(self._texts.pop()).strip()
            if tag in ("th", "td"):
                self.rows[-1].append(text)
            elif tag == "a":
                href, label = self._link
                if not href.startswith("#"):
                    self.links.setdefault(label or text, href)

    def sent(self, **changes: str) -> str:
        """The address that the form sends one to, with the last field of each name changed."""
        fields = list(self.fields)
        for name, value in changes.items():
            place = max(i for i, field in enumerate(fields) if field[0].lstrip("~") == name)
            fields[place] = (fields[place][0], value)
        return f"{self.action}?{urlencode(fields)}"
