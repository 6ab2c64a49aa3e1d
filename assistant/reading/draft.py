"""What every format reader hands back, before the rules of cleaning have seen it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from assistant.language import Language
from assistant.reading.front_matter import FrontMatter, web_address


@dataclass(frozen=True)
class Draft:
    """An article as a format gives it.

    Attributes:
        paragraphs: Of the whole file, in order, each on one line; the title may be the first.
        title: As the file declares it, or None when it has to be found in the paragraphs.
        author: As declared, or None.
        published: As declared, or None.
        language: As declared, or None.
        url: http or https, or None.
        article_id: As declared, or None.
        translation_of: A file name or an id, or None.
        problems: What was left aside without harm to the rest, in whole sentences.
    """

    paragraphs: tuple[str, ...]
    title: str | None = None
    author: str | None = None
    published: date | None = None
    language: Language | None = None
    url: str | None = None
    article_id: str | None = None
    translation_of: str | None = None
    problems: tuple[str, ...] = ()

    @classmethod
    def of(cls, front: FrontMatter, paragraphs: Sequence[str]) -> Draft:
        """Paragraphs, with what the front matter above them says."""
        url = web_address(front.url)
        dropped = "" if url or not front.url else f"has the url {front.url[:100]!r}, left out."
        return cls(
            paragraphs=tuple(paragraphs),
            title=front.title,
            author=front.author,
            published=front.published,
            language=front.language,
            url=url,
            article_id=front.id,
            translation_of=front.translation_of,
            problems=(dropped,) if dropped else (),
        )

    def with_title(self, title: str) -> Draft:
        """The same draft under a title."""
        return replace(self, title=title)
