"""What the rooms hand to each other, and what callers get: frozen pydantic models."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from assistant.language import Language, detect


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def heading(title: str) -> str:
    """A title as it stands before the text under it, where that is searched or read: a sentence.

    Paragraphs of an article seldom name its subject again.
    """
    return f"{title}. " if title else ""


class ArticleInfo(_Frozen):
    """An article without its text: what a citation carries.

    Attributes:
        id: Stable; from the source's content or name.
        title: One line, cleaned.
        author: As signed, or None.
        published: The day, or None.
        language: Of the text.
        url: http or https address, or None.
        source: Where it was read from: a path, an address, or "" for one made in Python.
        translation_of: The id of the original, or None for an original.
    """

    id: str = Field(min_length=1)
    title: str
    author: str | None = None
    published: date | None = None
    language: Language
    url: str | None = None
    source: str = ""
    translation_of: str | None = None


class Article(ArticleInfo):
    """A cleaned article.

    Attributes:
        text: Paragraphs divided by one blank line; title and author line are not in it.
    """

    text: str = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, data: Any) -> Any:
        """Give an article made by hand the id of its content and the language of its text."""
        if not isinstance(data, dict) or not isinstance(data.get("text"), str):
            return data
        filled = {"title": "", **data}
        if not filled.get("id"):
            content = f"{filled['title']}\n\n{filled['text']}"
            filled["id"] = hashlib.sha256(content.encode()).hexdigest()[:16]
        if not filled.get("language"):
            filled["language"] = detect(filled["text"])
        return filled

    def info(self) -> ArticleInfo:
        """The article without its text."""
        return ArticleInfo.model_validate(self.model_dump(exclude={"text"}))


class Passage(_Frozen):
    """A piece of an article, sized for the embedder.

    Attributes:
        id: Stable while the article's text is.
        article_id: The article that holds it.
        text: Always `article.text[start:end]`.
        start: In characters of the article's text.
        end: Exclusive.
    """

    id: str
    article_id: str
    text: str
    start: int = Field(ge=0)
    end: int = Field(gt=0)


class Hit(_Frozen):
    """A passage found, and how well it fits.

    Attributes:
        passage: Of an original article, never of a translation that stands beside one.
        score: Estimated probability in [0, 1] that the passage answers; comparable across
            languages and questions.
    """

    passage: Passage
    score: float


class Citation(_Frozen):
    """Where one sentence of an answer comes from.

    Attributes:
        number: 1-based, in order of first use; `[number]` in the answer's text.
        article: The original article, without its text.
        passage: The passage that holds the quote.
        quote: Always `article.text[start:end]`.
        start: In characters of the article's text.
        end: Exclusive.
        translation: The quote in the question's language where the collection holds one.
    """

    number: int = Field(ge=1)
    article: ArticleInfo
    passage: Passage
    quote: str
    start: int = Field(ge=0)
    end: int = Field(gt=0)
    translation: str | None = None


class Answer(_Frozen):
    """The answer to one question.

    Attributes:
        question: As asked.
        language: Of the question, and so of the answer.
        text: With markers `[1]`..`[n]`; without gaps.
        citations: One for each marker, in order; empty when nothing was found.
        found: False when the articles don't answer; `text` then says so.
        confidence: Calibrated probability in [0, 1] that the citations answer the question.
        mode: "quote", or the language model's name.
        related: The nearest passages when nothing was found, best first.
        note: Something the reader should know (a language model that failed), or None.
    """

    question: str
    language: Language
    text: str
    citations: tuple[Citation, ...] = ()
    found: bool
    confidence: float = Field(ge=0, le=1)
    mode: Literal["quote"] | str = "quote"
    related: tuple[Hit, ...] = ()
    note: str | None = None


class CollectionInfo(_Frozen):
    """What a collection holds.

    Attributes:
        articles: How many, without the translations that stand beside them.
        passages: How many, with those of translations.
        languages: That articles are written in.
        model_id: Of the embedding model.
        chat_model: The language model's name, or None where answers are quotes.
        indexed_at: When the index was last made.
    """

    articles: int
    passages: int
    languages: tuple[Language, ...]
    model_id: str
    chat_model: str | None = None
    indexed_at: datetime | None = None
