"""Where a folder's index is kept, and when it must be made anew."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

from assistant.embedding import Embedder
from assistant.errors import ReadingError, StaleIndex
from assistant.indexing import PIPELINE, build, collection_of
from assistant.models import Article
from assistant.reading import read_folder
from assistant.retrieval.collection import Collection
from assistant.retrieval.lexicon import Lexicon
from assistant.settings import Settings
from vectorstore import MissingStore, StoreError, VectorStore


@dataclass(frozen=True)
class Opened:
    """A collection, up to date with its folder.

    Attributes:
        collection: Ready to be searched.
        problems: Files that could not be read, and translations that don't align.
        fresh: Whether anything had to be read or embedded again.
    """

    collection: Collection
    problems: tuple[ReadingError, ...]
    fresh: bool


class Library:
    """The index of one folder of articles."""

    def __init__(
        self, folder: Path, settings: Settings, embedder: Embedder, lexicon: Lexicon
    ) -> None:
        """Name the parts; nothing is read yet."""
        self.folder = folder
        self.index = index_folder(folder, settings)
        self._settings = settings
        self._embedder = embedder
        self._lexicon = lexicon

    def open(self, *, rebuild: bool = False) -> Opened:
        """Open the saved index, and bring it up to date with the folder.

        Articles that were added by hand stay, and removed ones stay removed, until a file with
        their id changes. Passages whose text is unchanged are not embedded again.

        Raises:
            EmptyCollection: the folder holds no article.
            ReadingError: there is no such folder.
            StaleIndex: the saved index is damaged or of a newer format.
        """
        if not self.folder.is_dir():
            raise ReadingError(self.folder, "is not a folder.", "Name a folder of articles.")
        saved = None if rebuild else self._saved()
        sources = _digests(self.folder)
        if saved is not None and self._current(saved, sources):
            return Opened(saved, _problems(saved.store.notes), fresh=False)
        reading = read_folder(self.folder)
        notes = dict(saved.store.notes) if saved is not None else {}
        removed = {
            article_id: digest
            for article_id, digest in _mapping(notes, "removed").items()
            if digest in sources.values()
        }
        files = {
            article.id: sources.get(_key(Path(article.source), self.folder), "")
            for article in reading.articles
        }
        added = {
            article_id: digest
            for article_id, digest in _mapping(notes, "added").items()
            if files.get(article_id, digest) == digest
        }
        articles = [a for a in reading.articles if a.id not in removed and a.id not in added]
        if saved is not None:
            articles += [saved.articles[article_id] for article_id in sorted(added)]
        return self.save(
            articles,
            {**notes, "sources": sources, "files": files, "removed": removed, "added": added},
            saved,
            reading.problems,
        )

    def save(
        self,
        articles: list[Article],
        notes: Mapping[str, Any],
        before: Collection | None,
        problems: tuple[ReadingError, ...] = (),
    ) -> Opened:
        """Index articles and save the index in one step.

        Raises:
            StaleIndex: the index can't be written.
        """
        same = before is not None and self._embedded_alike(before)
        told = [[str(p.path), p.reason, p.todo] for p in problems]
        collection, unaligned = build(
            articles,
            self._embedder,
            self._lexicon,
            passage_tokens=self._settings.passage_tokens,
            notes={**notes, "problems": told},
            before=before if same else None,
        )
        try:
            collection.store.save(self.index)
        except StoreError as error:
            raise StaleIndex(
                f"The index can't be written: {error}", "Set ISNAD_INDEX_DIR to another folder."
            ) from error
        known = {str(problem) for problem in problems}
        new = (problem for problem in unaligned if str(problem) not in known)
        return Opened(collection, (*problems, *new), fresh=True)

    def change(
        self,
        articles: list[Article],
        before: Collection,
        added: set[str],
        gone: frozenset[str],
    ) -> Opened:
        """Save a collection that was changed by hand, and remember how.

        Args:
            articles: All that it now holds.
            before: What it held.
            added: Ids of articles that are new, or other than in the folder's file.
            gone: Ids of articles to keep out until their files change.

        Raises:
            StaleIndex: the index can't be written.
        """
        notes = before.store.notes
        files, removed = _mapping(notes, "files"), _mapping(notes, "removed")
        removed |= {article_id: files[article_id] for article_id in gone if article_id in files}
        by_hand = _mapping(notes, "added")
        by_hand |= {article_id: files.get(article_id, "") for article_id in added}
        return self.save(
            articles,
            {
                **notes,
                "added": {key: digest for key, digest in by_hand.items() if key not in gone},
                "removed": {key: digest for key, digest in removed.items() if key not in added},
            },
            before,
            _problems(notes),
        )

    def _saved(self) -> Collection | None:
        try:
            # Of another model, too: its articles are good, and embedded again with the one set.
            store = VectorStore.open(self.index, model=None, fingerprint=None)
        except MissingStore:
            return None
        except StoreError as error:
            raise StaleIndex(
                f"The saved index can't be used: {error}",
                f"Make it anew with `isnad index {self.folder} --rebuild`.",
            ) from error
        return collection_of(store, self._lexicon)

    def _current(self, saved: Collection, sources: Mapping[str, str]) -> bool:
        return self._embedded_alike(saved) and saved.store.notes.get("sources") == sources

    def _embedded_alike(self, saved: Collection) -> bool:
        notes = saved.store.notes
        return (
            saved.store.fingerprint == self._embedder.fingerprint
            and notes.get("pipeline") == PIPELINE
            and notes.get("passage_tokens") == self._settings.passage_tokens
        )


def index_folder(folder: Path, settings: Settings) -> Path:
    """Where the index of a folder is kept: named after the folder's place, not its content."""
    base = settings.index_dir or platformdirs.user_cache_path("isnad") / "indexes"
    place = folder.resolve()
    digest = hashlib.sha256(str(place).encode(errors="surrogateescape")).hexdigest()[:12]
    return base / f"{place.name[:40] or 'root'}-{digest}"


def digest_of(path: Path) -> str:
    """The sha256 of a file, or a word that says it can't be read."""
    try:
        if not path.is_file():
            return "unreadable: not a file"  # a pipe would be waited for
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        return f"unreadable: {error.strerror}"


def _digests(folder: Path) -> dict[str, str]:
    found = {}
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = Path(parent, name)
            if not name.startswith("."):
                found[_key(path, folder)] = digest_of(path)
    return dict(sorted(found.items()))


def _key(path: Path, folder: Path) -> str:
    return _as_text(path).relative_to(_as_text(folder)).as_posix()


def _as_text(path: Path) -> Path:
    return Path(str(path).encode(errors="replace").decode())


def _mapping(notes: Mapping[str, Any], name: str) -> dict[str, str]:
    value = notes.get(name)
    return dict(value) if isinstance(value, Mapping) else {}


def _problems(notes: Mapping[str, Any]) -> tuple[ReadingError, ...]:
    return tuple(ReadingError(*told) for told in notes.get("problems") or ())
