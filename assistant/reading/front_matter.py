"""The block of YAML between `---` lines that may open an article."""

from __future__ import annotations

import datetime
import json
import re
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import frontmatter
import yaml
from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from assistant.errors import ReadingError
from assistant.language import Language
from assistant.reading.cleaning import one_line
from assistant.reading.dates import parse_day

_MOST_CHARS = 8_192
_LINE = re.compile(r"---[^\S\n]*\n")
# "title: Dam: the works begin" is no YAML, and what headlines look like.
_COLON_WITHIN = re.compile(r"^(\w+:[^\S\n]+)([^\s\"'\[{|>&*!][^\n]*:(?:\s[^\n]*)?)$", re.MULTILINE)
_CORRECT = "Correct the lines between --- at its top, or remove them."


class _PlainLoader(yaml.SafeLoader):
    """Without anchors: a few lines of them can stand for gigabytes."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("anchors are not taken")
        return super().compose_node(parent, index)


def _to_line(value: Any) -> Any:
    if isinstance(value, list):
        value = ", ".join(map(str, value))
    return one_line(value) or None if isinstance(value, str) else value


def _to_day(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        return value.date()
    return parse_day(value) or value if isinstance(value, str) else value


def _to_language(value: Any) -> Any:
    return re.split(r"[-_]", value.strip().lower())[0] if isinstance(value, str) else value


_Line = Annotated[str | None, BeforeValidator(_to_line)]


class FrontMatter(BaseModel):
    """What an article's front matter may say; other keys are left alone.

    Attributes:
        id: The article's id, instead of its file's name.
        title: One line.
        author: One line; a list is joined.
        published: `date` or `published`.
        language: "ar" or "en", with or without a country.
        url: As written, not yet judged.
        translation_of: File name or id of the original.
    """

    model_config = ConfigDict(frozen=True, coerce_numbers_to_str=True)

    id: _Line = None
    title: _Line = None
    author: _Line = None
    published: Annotated[datetime.date | None, BeforeValidator(_to_day)] = Field(
        default=None, validation_alias=AliasChoices("date", "published")
    )
    language: Annotated[Language | None, BeforeValidator(_to_language)] = Field(
        default=None, validation_alias=AliasChoices("language", "lang")
    )
    url: _Line = None
    translation_of: _Line = None


def split_front_matter(path: Path, text: str) -> tuple[FrontMatter, str]:
    """Read the front matter, if there is any, and give the text below it.

    Args:
        path: Named in errors.
        text: The whole file, with clean line ends.

    Raises:
        ReadingError: the block is too long, is not YAML, or holds values that don't fit.
    """
    handler = frontmatter.YAMLHandler()
    text = text.lstrip("\n")
    if not _LINE.match(text):
        return FrontMatter(), text
    try:
        block, body = handler.split(text)
    except ValueError:  # A rule at the top, and no second one.
        return FrontMatter(), text
    if len(block) > _MOST_CHARS:
        raise ReadingError(path, f"has front matter of {len(block)} characters.", _CORRECT)
    try:
        values = _loaded(handler, block)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = one_line(str(error))[:200] or type(error).__name__
        raise ReadingError(
            path, f"has front matter that is not YAML: {reason}.", _CORRECT
        ) from error
    if not isinstance(values, dict):
        raise ReadingError(path, "has front matter without `key: value` lines.", _CORRECT)
    try:
        return FrontMatter.model_validate(values), body
    except ValidationError as error:
        wrong = "; ".join(f"{e['loc'][0]}: {e['msg']}" for e in error.errors())
        raise ReadingError(
            path, f"has front matter that doesn't fit ({wrong}).", _CORRECT
        ) from error


def _loaded(handler: frontmatter.YAMLHandler, block: str) -> Any:
    try:
        return handler.load(block, Loader=_PlainLoader)
    except yaml.YAMLError:
        quoted = _COLON_WITHIN.sub(lambda m: m[1] + json.dumps(m[2], ensure_ascii=False), block)
        return handler.load(quoted, Loader=_PlainLoader)


def web_address(url: str | None) -> str | None:
    """The address if it is one of the web, else None."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc else None
