"""Prose paragraphs of the documentation that Debian packages ship.

Calibration reads the Debian Administrator's Handbook (debian-handbook),
evaluation the FAQs, tutorial and how-tos of Python (python3.11-doc): two books
by different authors, so that no evaluated text was seen in calibration.
"""

import html.parser
import re
from pathlib import Path
from typing import NamedTuple

from quant_mlir.errors import UserError


class Source(NamedTuple):
    package: str
    root: Path
    starts: tuple  # first pages; each leads on by its link of relation `next`


CALIBRATION = Source(
    "debian-handbook",
    Path("/usr/share/doc/debian-handbook/html/en-US"),
    ("index.html",),
)
EVALUATION = Source(
    "python3.11-doc",
    Path("/usr/share/doc/python3.11/html"),
    ("faq/index.html", "tutorial/index.html", "howto/index.html"),
)

# A paragraph of prose has this many words at least and ends as a sentence does:
# captions, labels, copyright lines and entries of lists of links do not.
MIN_WORDS = 12
_SENTENCE_END = re.compile(r"[.!?:;)…”\"'’]$")

_VOID = frozenset("area base br col embed hr img input link meta source wbr".split())
_SKIPPED_TAGS = frozenset(
    "pre script style nav table dt title head form svg h1 h2 h3 h4 h5 h6".split()
)
_SKIPPED_CLASSES = frozenset(
    "docnav toc toctree-wrapper sphinxsidebar related footer headerlink topless "
    "indexterm versionmodified legalnotice revhistory bibliography".split()
)
_BLOCKS = frozenset("ul ol dl li dd div blockquote section figure".split())


class _Page(html.parser.HTMLParser):
    """Collects the paragraphs and the next page's address of one HTML page."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.stack = []  # (tag, how it is read: paragraph, skipped, block, inline)
        self.paragraphs = []
        self.open_paragraphs = []  # indices into self.paragraphs
        self.next = None

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "link" and attrs.get("rel") == "next":
            self.next = attrs.get("href")
        if tag in _VOID:
            return
        kind = self._kind(tag, set((attrs.get("class") or "").split()), attrs)
        if kind == "paragraph":
            self.open_paragraphs.append(len(self.paragraphs))
            self.paragraphs.append([])
        self.stack.append((tag, kind))

    @staticmethod
    def _kind(tag, classes, attrs):
        if tag in _SKIPPED_TAGS or classes & _SKIPPED_CLASSES:
            return "skipped"
        if attrs.get("id") == "title":
            return "skipped"
        # DocBook's HTML has paragraphs as <div class="para">.
        if tag == "p" or (tag == "div" and "para" in classes):
            return "paragraph"
        return "block" if tag in _BLOCKS else "inline"

    def handle_endtag(self, tag):
        if not any(open_tag == tag for open_tag, _ in self.stack):
            return
        while True:
            open_tag, kind = self.stack.pop()
            if kind == "paragraph":
                self.open_paragraphs.pop()
            if open_tag == tag:
                return

    def handle_data(self, data):
        for _, kind in reversed(self.stack):
            # Text of a list inside a paragraph is not the paragraph's.
            if kind in ("skipped", "block"):
                return
            if kind == "paragraph":
                if not any(k == "skipped" for _, k in self.stack):
                    self.paragraphs[self.open_paragraphs[-1]].append(data)
                return


def page_paragraphs(text):
    """Returns the prose paragraphs of an HTML page and its `next` link."""
    page = _Page()
    page.feed(text)
    page.close()
    paragraphs = (re.sub(r"\s+", " ", "".join(p)).strip() for p in page.paragraphs)
    return [p for p in paragraphs if _is_prose(p)], page.next


def _is_prose(paragraph):
    return len(paragraph.split()) >= MIN_WORDS and _SENTENCE_END.search(paragraph)


def read_paragraphs(source):
    """The paragraphs of a source in the order of its pages."""
    paragraphs, seen = [], set()
    for start in source.starts:
        path = source.root / start
        folder = path.parent
        while path.parent == folder and path not in seen:
            seen.add(path)
            try:
                text = path.read_text(encoding="utf-8")
            except OSError as error:
                raise UserError(
                    f"cannot read {path}: install the Debian package "
                    f"{source.package} (tools/setup does)"
                ) from error
            found, following = page_paragraphs(text)
            paragraphs += found
            if not following:
                break
            path = (folder / following.partition("#")[0]).resolve()
    # Notices that repeat on several pages count once.
    return list(dict.fromkeys(paragraphs))
