"""The index of a folder: reused, brought up to date, and honest about damage."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from conftest import HARBOUR, OLIVES

from assistant import Assistant, Settings
from assistant.embedding import load_embedder
from assistant.errors import EmptyCollection, ReadingError, StaleIndex
from assistant.library import index_folder


class CountingEmbedder:
    """The real embedder, counting what it embeds."""

    def __init__(self) -> None:
        self._real = load_embedder(Settings())
        self.embedded: list[str] = []
        self.model_id = self._real.model_id
        self.fingerprint = self._real.fingerprint
        self.dim = self._real.dim
        self.max_tokens = self._real.max_tokens

    def __getattr__(self, name: str) -> object:
        return getattr(self._real, name)

    def embed_passages_with_tokens(self, passages: list[str]) -> object:
        self.embedded += passages
        return self._real.embed_passages_with_tokens(passages)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "articles"
    made.mkdir()
    for article in (HARBOUR, OLIVES):
        path = made / f"{article.id}.txt"
        path.write_text(f"{article.title}\n\n{article.text}\n", encoding="utf-8")
    return made


def opened(folder: Path, tmp_path: Path, **more: object) -> tuple[Assistant, CountingEmbedder]:
    embedder = CountingEmbedder()
    settings = Settings(index_dir=tmp_path / "index")
    return Assistant.open(folder, settings=settings, embedder=embedder, **more), embedder  # type: ignore[arg-type]


def test_nothing_changed_nothing_is_embedded(folder: Path, tmp_path: Path) -> None:
    first, before = opened(folder, tmp_path)
    second, after = opened(folder, tmp_path)
    assert before.embedded
    assert after.embedded == []
    assert second.ask("Who was the captain?") == first.ask("Who was the captain?")


def test_only_changed_passages_are_embedded_again(folder: Path, tmp_path: Path) -> None:
    opened(folder, tmp_path)
    path = folder / "harbour.txt"
    changed = path.read_text(encoding="utf-8").replace("Ignacio Prada", "Ignacia Pardo")
    path.write_text(changed, encoding="utf-8")
    assistant, after = opened(folder, tmp_path)
    assert after.embedded
    assert all("Pardo" in text for text in after.embedded)
    assert "Pardo" in assistant.ask("Who was the captain of the trawler?").text


def test_another_title_has_its_passages_embedded_again(folder: Path, tmp_path: Path) -> None:
    opened(folder, tmp_path)
    path = folder / "harbour.txt"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(HARBOUR.title, "Eleven weeks"), encoding="utf-8")
    _, after = opened(folder, tmp_path)
    assert after.embedded
    assert all(each.startswith("Eleven weeks. ") for each in after.embedded)


def test_an_index_made_otherwise_is_made_anew(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as earlier:
        for module in ("indexing", "library"):
            earlier.setattr(f"assistant.{module}.PIPELINE", 0)
        _, before = opened(folder, tmp_path)
    _, after = opened(folder, tmp_path)
    assert sorted(after.embedded) == sorted(before.embedded) != []


def test_a_deleted_file_is_not_cited(folder: Path, tmp_path: Path) -> None:
    opened(folder, tmp_path)
    (folder / "harbour.txt").unlink()
    assistant, _ = opened(folder, tmp_path)
    assert not assistant.ask("Who was the captain of the trawler?").found


def test_bad_files_are_named_and_the_others_indexed(folder: Path, tmp_path: Path) -> None:
    (folder / "picture.txt").write_bytes(bytes(range(256)) * 40)
    (folder / "empty.md").write_text("", encoding="utf-8")
    for _ in range(2):  # the second time from the saved index
        assistant, _ = opened(folder, tmp_path)
        assert {problem.path.name for problem in assistant.problems} == {"picture.txt", "empty.md"}
        assert all(problem.todo for problem in assistant.problems)
        assert len(assistant.articles()) == 2


def test_a_folder_without_articles(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(EmptyCollection, match="empty"):
        Assistant.open(empty, settings=Settings(index_dir=tmp_path / "index"))
    with pytest.raises(ReadingError, match="nowhere"):
        Assistant.open(tmp_path / "nowhere", settings=Settings(index_dir=tmp_path / "index"))


def test_a_damaged_index_says_what_to_do(folder: Path, tmp_path: Path) -> None:
    opened(folder, tmp_path)
    index = index_folder(folder, Settings(index_dir=tmp_path / "index"))
    victim = max(index.rglob("*.npy"), key=lambda path: path.stat().st_size)
    data = bytearray(victim.read_bytes())
    data[-1] ^= 0xFF
    victim.chmod(0o644)
    victim.write_bytes(bytes(data))
    with pytest.raises(StaleIndex, match="--rebuild"):
        opened(folder, tmp_path)
    assistant, _ = opened(folder, tmp_path, rebuild=True)
    assert assistant.ask("Who was the captain of the trawler?").found


def test_a_damaged_index_of_another_model_says_what_to_do(folder: Path, tmp_path: Path) -> None:
    opened(folder, tmp_path)
    index = index_folder(folder, Settings(index_dir=tmp_path / "index"))
    for path in index.rglob("*.npy"):
        path.write_bytes(b"damaged")
    embedder = CountingEmbedder()
    embedder.fingerprint = "another"
    with pytest.raises(StaleIndex, match="--rebuild"):
        Assistant.open(folder, settings=Settings(index_dir=tmp_path / "index"), embedder=embedder)


def test_names_that_are_no_text(folder: Path, tmp_path: Path) -> None:
    strange = Path(os.fsdecode(bytes(tmp_path / "articles") + b"\xff"))
    try:
        folder.rename(strange)
        (strange / "harbour.txt").rename(strange / os.fsdecode(b"h\xfe.txt"))
    except OSError:
        pytest.skip("this disk takes text only")
    assistant, _ = opened(strange, tmp_path)
    answer = assistant.ask("Who was the captain of the trawler?")
    assert answer.found
    assert answer.model_dump_json()
    again, embedder = opened(strange, tmp_path)
    assert embedder.embedded == []
    assert again.articles() == assistant.articles()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_not_waited_for(folder: Path, tmp_path: Path) -> None:
    os.mkfifo(folder / "pipe.txt")
    assistant, _ = opened(folder, tmp_path)
    assert len(assistant.articles()) == 2
    assert any("pipe.txt" in str(problem) for problem in assistant.problems)


def test_another_model_embeds_the_same_articles_again(folder: Path, tmp_path: Path) -> None:
    first, _ = opened(folder, tmp_path)
    first.add(HARBOUR.model_copy(update={"id": "added", "title": "Added by hand"}))
    other = CountingEmbedder()
    other.fingerprint = "another model's"
    settings = Settings(index_dir=tmp_path / "index")
    assistant = Assistant.open(folder, settings=settings, embedder=other)  # type: ignore[arg-type]
    assert other.embedded
    assert "added" in {article.id for article in assistant.articles()}


def test_what_is_saved_is_what_was_computed(folder: Path, tmp_path: Path) -> None:
    first, _ = opened(folder, tmp_path)
    second, _ = opened(folder, tmp_path)
    assert np.array_equal(first.collection.store.vectors, second.collection.store.vectors)
    assert first.collection.passages == second.collection.passages
