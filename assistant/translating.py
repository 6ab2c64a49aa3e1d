"""`isnad translate`: drafts an aligned translation beside an article, for a person to review."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from assistant.answering.chat_model import ChatModel, Message, load_chat_model
from assistant.answering.facts import Passage
from assistant.errors import ChatModelError, ReadingError
from assistant.language import Language, detect
from assistant.models import Article
from assistant.prompting import as_data, fill
from assistant.reading import read_file
from assistant.retrieval.lexicon import Lexicon
from assistant.settings import Settings

_TRIES = 2


def translate_file(path: Path | str, settings: Settings, model: ChatModel | None = None) -> Path:
    """Translate an article into the other language, paragraph by paragraph.

    The draft says in its front matter who made it and `reviewed: false`; a person who has read it
    sets that to true, and it is never written over again.

    Args:
        path: A .txt or .md article, no translation itself.
        settings: Name the language model.
        model: Instead of the one that the settings name.

    Returns:
        The file written: NAME-ar.md or NAME-en.md beside the article.

    Raises:
        ReadingError: the article can't be read or is a translation, or the file to be written
            exists and is not an unreviewed draft.
        ChatModelError: the model can't be opened, failed, or did not translate a paragraph.
    """
    source = Path(path)
    article = read_file(source)
    if article.translation_of is not None:
        raise ReadingError(source, "is itself a translation.", "Translate the original.")
    target: Language = "en" if article.language == "ar" else "ar"
    name = source.stem.removesuffix(f"-{article.language}")
    written = source.with_name(f"{name}-{target}.md")
    _refuse_reviewed(written)
    model = model or load_chat_model(settings)
    paragraphs = article.text.split("\n\n")
    translated = [_translated(text, target, model) for text in paragraphs]
    title = _translated(article.title, target, model) if article.title else ""
    notes = list(_to_check(paragraphs, translated))
    front = _front_matter(source, article, target, title, model.name, notes)
    _write(written, front + "\n\n".join(translated) + "\n")
    return written


def _refuse_reviewed(path: Path) -> None:
    if not path.exists():
        return
    import frontmatter
    import yaml

    try:
        held = frontmatter.loads(path.read_text(encoding="utf-8")).metadata
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ReadingError(path, "exists and can't be read.", "Move it away.") from error
    if held.get("reviewed") is not False:
        raise ReadingError(
            path,
            "exists, and does not say that it is an unreviewed draft.",
            "Move it away, or set `reviewed: false` in its front matter.",
        )


def _translated(paragraph: str, target: Language, model: ChatModel) -> str:
    """One paragraph, in one line.

    Raises:
        ChatModelError: the model failed, or wrote nothing or another language, twice.
    """
    prompt = fill("translate", target, paragraph=as_data(paragraph))
    for _ in range(_TRIES):
        text = " ".join("".join(model.stream([Message("human", prompt)])).split())
        if "<" in paragraph or ">" in paragraph:
            text = text.replace("‹", "<").replace("›", ">")
        if text and detect(text) == target:
            return text
    raise ChatModelError(
        f"{model.name} did not translate the paragraph that begins “{paragraph[:40]}”.",
        "Try another model; nothing was written.",
    )


def _to_check(paragraphs: list[str], translated: list[str]) -> Iterator[str]:
    """What a reviewer should look at first: numbers and dates that only one side has."""
    lexicon = Lexicon.bundled()
    for number, (before, after) in enumerate(zip(paragraphs, translated, strict=True), start=1):
        lost = Passage(after, lexicon).missing_amounts(before)
        added = Passage(before, lexicon).missing_amounts(after)
        if lost:
            yield f"paragraph {number}: not in the translation: {', '.join(lost)}"
        if added:
            yield f"paragraph {number}: not in the original: {', '.join(added)}"


def _front_matter(
    source: Path, article: Article, target: Language, title: str, model: str, notes: list[str]
) -> str:
    import yaml

    said = {
        "title": title,
        "author": article.author,
        "date": article.published,
        "language": target,
        "translation_of": source.name,
        "translated_by": model,
        "reviewed": False,
        "to_check": notes,
    }
    kept = {key: value for key, value in said.items() if value not in (None, "", [])}
    dumped = yaml.safe_dump(kept, allow_unicode=True, sort_keys=False, width=1000)
    return f"---\n{dumped}---\n\n"


def _write(path: Path, content: str) -> None:
    """Write in one step, so that a half-written file is never read."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
