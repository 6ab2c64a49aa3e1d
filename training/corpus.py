"""The text that training reads: parallel sentences, bilingual passages with questions, words.

Files that others wrote are not copied into the repository; they are read from a folder,
`../shared/corpus` by default:

- `tatoeba-ara-eng.tsv`: tatoeba.org, CC BY 2.0 FR, authors in the third column;
- `tico19-ara-eng.tsv`: TICO-19, CC0;
- `pud-ara-eng.tsv`: Parallel Universal Dependencies, CC BY-SA 3.0;
- `qa/*.txt`, `unanswerable/*.txt`: written for this project; more of the kind in `training/qa`.

Nothing here reads `eval/`: what measures must never train.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from assistant.models import Article
from assistant.reading import read_file

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"
QA = Path(__file__).parent / "qa"
UNANSWERABLE = Path(__file__).parent / "unanswerable"
NEWS = Path(__file__).parent / "news"
UNREAD = Path(__file__).parent / "unread"
WORDS = Path(__file__).parent / "words" / "ara-eng-words.tsv"
PARALLEL = ("tatoeba-ara-eng.tsv", "tico19-ara-eng.tsv", "pud-ara-eng.tsv")
# Passages of these files train no embedder; sentence choice and refusal are fitted on them.
HELD_OUT = re.compile(r"^([67]-|[a-z]-0[89])")

Split = Literal["train", "held-out", "all"]


@dataclass(frozen=True)
class Pair:
    """The same text in both languages."""

    ar: str
    en: str


@dataclass(frozen=True)
class Question:
    """A question in both languages and where its passage answers it.

    Attributes:
        answer_ar: As it stands in the Arabic passage; empty for a question without answer.
        answer_en: As it stands in the English passage; empty for a question without answer.
        kind: "answerable", "missing-fact", "false-premise" or "other-subject".
    """

    ar: str
    en: str
    answer_ar: str = ""
    answer_en: str = ""
    kind: str = "answerable"


@dataclass(frozen=True)
class BilingualPassage:
    """A passage in both languages with its questions."""

    topic: str
    ar: str
    en: str
    questions: tuple[Question, ...] = field(default=())


def sentence_pairs(corpus: Path = CORPUS) -> Iterator[Pair]:
    """The parallel sentences of Tatoeba, TICO-19 and Parallel UD."""
    for name in PARALLEL:
        for line in (corpus / name).read_text(encoding="utf-8").splitlines():
            arabic, english, *_ = line.split("\t")
            yield Pair(arabic.strip(), english.strip())


def word_pairs(words: Path = WORDS) -> Iterator[Pair]:
    """Each Arabic form of our word list with its first two translations."""
    for line in words.read_text(encoding="utf-8").splitlines():
        forms, _, translations = line.partition("\t")
        english = ", ".join(translations.split("; ")[:2])
        yield Pair(forms.split(" ")[0], english)


def passages(split: Split = "all", corpus: Path = CORPUS) -> Iterator[BilingualPassage]:
    """The bilingual passages of `qa/`, with answerable and unanswerable questions.

    Args:
        split: "train" leaves out the held-out files, "held-out" takes only those.
        corpus: Folder with `qa/` and `unanswerable/`.

    Raises:
        ValueError: a line is not of the form that the corpus' README describes.
    """
    unanswerable = _unanswerable(corpus / "unanswerable")
    files = sorted([*(corpus / "qa").glob("*.txt"), *QA.glob("*.txt")], key=lambda path: path.name)
    for path in files:
        if split != "all" and bool(HELD_OUT.match(path.name)) != (split == "held-out"):
            continue
        for block in re.split(r"\n(?=# )", path.read_text(encoding="utf-8").strip()):
            yield _passage(block, unanswerable)


@dataclass(frozen=True)
class NewsQuestion:
    """A question over a folder of news articles of both languages.

    Attributes:
        article: Number of the one that it is about.
        spans: Start and text of what answers it there; empty where nothing does.
    """

    ar: str
    en: str
    article: int
    spans: tuple[tuple[int, str], ...]
    kind: str


def news(split: Split = "train") -> Iterator[tuple[list[Article], list[NewsQuestion]]]:
    """Folders of news articles with questions, as `training/news/README.md` says.

    Args:
        split: "held-out" are those that no reader learns from.
    """
    places = {"train": [NEWS], "held-out": [UNREAD], "all": [NEWS, UNREAD]}[split]
    folders = sorted(path for place in places for path in place.iterdir() if path.is_dir())
    for folder in folders:
        names = sorted(path.name for path in folder.glob("*.txt"))
        articles = [read_file(folder / name) for name in names]
        questions = []
        for line in (folder / "questions.jsonl").read_text("utf-8").splitlines():
            row = json.loads(line)
            number = names.index(row["article"])
            spans = tuple((articles[number].text.find(gold), gold) for gold in row["gold"])
            questions.append(NewsQuestion(row["ar"], row["en"], number, spans, row["kind"]))
        yield articles, questions


def lines(kind: Literal["general", "instructions"], split: Split = "train") -> Iterator[Pair]:
    """What small collections can't answer: general knowledge, or orders and chat."""
    files = {"train": ["{}"], "held-out": ["more-{}"], "all": ["{}", "more-{}"]}[split]
    for name in files:
        path = UNANSWERABLE / f"{name.format(kind)}.tsv"
        for line in path.read_text(encoding="utf-8").splitlines():
            english, _, arabic = line.partition("\t")
            yield Pair(arabic, english)


def _passage(block: str, unanswerable: dict[str, list[Question]]) -> BilingualPassage:
    topic = arabic = english = ""
    questions: list[Question] = []
    for line in block.splitlines():
        if line.startswith("# "):
            topic = line[2:].strip()
        elif line.startswith("EN: "):
            english = line[4:].strip()
        elif line.startswith("AR: "):
            arabic = line[4:].strip()
        elif line.startswith("Q: "):
            parts = [part.strip() for part in line[3:].split("|||")]
            if len(parts) != 4:
                raise ValueError(f"{topic}: a question needs four parts: {line}")
            questions.append(Question(parts[1], parts[0], parts[3], parts[2]))
        elif line.startswith("U: "):
            kind, asked_en, asked_ar = (part.strip() for part in line[3:].split("|||"))
            questions.append(Question(asked_ar, asked_en, kind=kind))
    return BilingualPassage(topic, arabic, english, (*questions, *unanswerable.get(topic, [])))


def _unanswerable(folder: Path) -> dict[str, list[Question]]:
    found: dict[str, list[Question]] = {}
    for path in sorted(folder.glob("*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip():
                kind, topic, english, arabic = (part.strip() for part in line.split("|||"))
                found.setdefault(topic, []).append(Question(arabic, english, kind=kind))
    return found
