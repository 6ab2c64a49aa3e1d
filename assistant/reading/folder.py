"""A file becomes an article, a folder a collection of them."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath

from assistant.errors import EmptyCollection, ReadingError
from assistant.language import detect
from assistant.models import Article
from assistant.reading.alignment import align
from assistant.reading.cleaning import has_words, one_line, without_ornament
from assistant.reading.draft import Draft
from assistant.reading.litter import without_litter
from assistant.reading.markdown import read_markdown
from assistant.reading.opening import find_opening
from assistant.reading.page import read_page
from assistant.reading.plain import read_plain
from assistant.reading.repeats import without_repeats

_FORMATS: dict[str, Callable[[Path, bytes], Draft]] = {
    ".txt": read_plain,
    ".text": read_plain,
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".html": read_page,
    ".htm": read_page,
}
_MOST_BYTES = 20 * 1024 * 1024
_NOT_IN_IDS = re.compile(r"[^\w.\-]+")


@dataclass(frozen=True)
class Reading:
    """What a folder held.

    Attributes:
        articles: Sorted by the names of their files; every id is unique.
        problems: Files that could not be read, and what was left aside in others.
    """

    articles: tuple[Article, ...]
    problems: tuple[ReadingError, ...] = ()


def read_file(path: Path | str) -> Article:
    """Read one file as a clean article.

    Its id is what its front matter says, or else the file's name without the suffix. A
    `translation_of` is made into an id by the same rule, whether or not the original is there.

    Raises:
        ReadingError: the file is missing, not text, of no known format, or has no words.
    """
    path = Path(path)
    draft = _read(path)
    original = draft.translation_of and _id_of(PurePath(draft.translation_of))
    return _article(path, draft, draft.article_id or _id_of(PurePath(path.name)), original)


def read_folder(folder: Path | str) -> Reading:
    """Read every file of a folder and of the folders in it.

    Hidden files are passed over and links that lead out of the folder are not followed. A
    translation whose original isn't there is read as an article of its own; one that can't be
    aligned with its original keeps it, and both become problems.

    Raises:
        EmptyCollection: not one article could be read.
        ReadingError: there is no such folder.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ReadingError(folder, "is not a folder.", "Name a folder that holds articles.")
    drafts: dict[PurePath, Draft] = {}
    problems: list[ReadingError] = []
    for path in _files(folder, problems):
        try:
            drafts[path.relative_to(folder)] = draft = _read(path)
            problems += [_left_aside(path, what) for what in draft.problems]
        except ReadingError as problem:
            problems.append(problem)
    if not drafts:
        raise EmptyCollection(folder, tuple(problems))
    ids = _unique_ids(drafts)
    articles = tuple(
        _article(folder / name, draft, ids[name], _original(name, draft, ids, folder, problems))
        for name, draft in drafts.items()
    )
    problems += _misaligned(articles)
    return Reading(articles, tuple(problems))


def _files(folder: Path, problems: list[ReadingError]) -> Iterator[Path]:
    """The files below a folder in the order of their names, links out of it left aside."""
    root = folder.resolve()
    found: list[Path] = []
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(parent, name) for name in names if not name.startswith(".")]
    for path in sorted(found, key=lambda path: path.relative_to(folder).parts):
        if path.is_symlink() and not path.resolve().is_relative_to(root):
            problems.append(
                ReadingError(path, "is a link out of the folder.", "Copy the file here instead.")
            )
        else:
            yield path


def _read(path: Path) -> Draft:
    data = _bytes(path)
    reader = _FORMATS.get(path.suffix.lower())
    if reader is None:
        known = ", ".join(_FORMATS)
        raise ReadingError(
            path,
            f"is of a format that is not read yet ({path.suffix or 'no suffix'}).",
            f"Save it as one of {known}.",
        )
    draft = reader(path, data)
    if not any(map(has_words, draft.paragraphs)):
        raise ReadingError(path, "holds no words.", "Put an article there, or remove it.")
    return draft


def _bytes(path: Path) -> bytes:
    try:
        if not path.is_file():
            what = "is not a file." if path.exists() else "is not there."
            raise ReadingError(path, what, "Name a file that holds an article.")
        size = path.stat().st_size
        if size > _MOST_BYTES:
            raise ReadingError(
                path, f"is too large for an article ({size} bytes).", "Divide it into articles."
            )
        return path.read_bytes()
    except OSError as error:
        raise ReadingError(
            path, f"can't be read ({error.strerror}).", "Check its permissions."
        ) from error


def _left_aside(path: Path, what: str) -> ReadingError:
    return ReadingError(path, what, "The article was read without it.")


def _article(path: Path, draft: Draft, article_id: str, original: str | None) -> Article:
    """Apply the rules of cleaning."""
    worded = [text for text in map(one_line, draft.paragraphs) if has_words(text)]
    opening = find_opening(without_litter(worded), draft.title)
    body = list(opening.body)
    if draft.author and len(body) > 1 and one_line(body[0]) == draft.author:
        del body[0]
    body = [without_ornament(paragraph) for paragraph in without_repeats(body)]
    return Article(
        id=article_id,
        title=without_ornament(opening.title),
        author=draft.author or opening.author,
        published=draft.published or opening.published,
        language=draft.language or detect("\n".join(body)),
        url=draft.url,
        # A name may hold bytes that are no text, which JSON can't.
        source=str(path).encode(errors="replace").decode(),
        translation_of=original,
        text="\n\n".join(body),
    )


def _id_of(name: PurePath) -> str:
    """An id from a file's name: letters, digits and `-_.` only."""
    stem = name.with_suffix("") if name.suffix.lower() in _FORMATS else name
    safe = _NOT_IN_IDS.sub("-", unicodedata.normalize("NFC", stem.as_posix())).strip("-.")
    return safe or hashlib.sha256(str(name).encode(errors="surrogateescape")).hexdigest()[:16]


def _unique_ids(drafts: dict[PurePath, Draft]) -> dict[PurePath, str]:
    """An id for each file; ids that front matter gives come before those made from names."""
    taken: set[str] = set()
    ids: dict[PurePath, str] = {}
    for name in sorted(drafts, key=lambda name: drafts[name].article_id is None):
        wanted = drafts[name].article_id or _id_of(name)
        count = 1
        article_id = wanted
        while article_id in taken:
            count += 1
            article_id = f"{wanted}-{count}"
        taken.add(article_id)
        ids[name] = article_id
    return ids


def _original(
    name: PurePath,
    draft: Draft,
    ids: dict[PurePath, str],
    folder: Path,
    problems: list[ReadingError],
) -> str | None:
    """The id of the article that this one translates."""
    wanted = draft.translation_of
    if not wanted:
        return None
    for near in (name.parent / wanted, PurePath(wanted)):
        if near in ids and near != name:
            return ids[near]
    if wanted in ids.values() and wanted != ids[name]:
        return wanted
    problems.append(
        ReadingError(
            folder / name,
            f"is a translation of {wanted[:100]!r}, which is not in the folder.",
            "It was read as an article of its own; correct translation_of, or add the original.",
        )
    )
    return None


def _misaligned(articles: tuple[Article, ...]) -> Iterator[ReadingError]:
    by_id = {article.id: article for article in articles}
    for article in articles:
        if article.translation_of:
            try:
                align(by_id[article.translation_of], article)
            except ReadingError as problem:
                yield problem
