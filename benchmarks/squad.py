"""SQuAD-format files in two languages, and the scores of a ranking over their paragraphs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.language import Language

Scores = npt.NDArray[np.float32]


@dataclass(frozen=True)
class SquadQuestion:
    """A question and the paragraph that answers it.

    Attributes:
        id: The same in both languages where the files are translations of each other.
        text: The question.
        paragraph: Index of its paragraph.
        answers: Start in the paragraph, and text, of each accepted answer.
    """

    id: str
    text: str
    paragraph: int
    answers: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class SquadFile:
    """The unique paragraphs of a file, stripped, and the questions about them.

    Attributes:
        articles: For each paragraph, the number of the article it is from.
    """

    language: Language
    paragraphs: tuple[str, ...]
    articles: tuple[int, ...]
    questions: tuple[SquadQuestion, ...]

    @property
    def gold(self) -> npt.NDArray[np.int64]:
        """For each question, the index of its paragraph; shape (n_questions,)."""
        return np.array([question.paragraph for question in self.questions], dtype=np.int64)


def read_squad(path: Path, language: Language) -> SquadFile:
    """Read a file of SQuAD's form (Rajpurkar et al. 2016, version 1.1 or 2.0).

    Raises:
        ValueError: the file is not of that form.
    """
    paragraphs: dict[str, int] = {}
    articles: list[int] = []
    questions = []
    try:
        for number, article in enumerate(json.loads(path.read_text(encoding="utf-8"))["data"]):
            for paragraph in article["paragraphs"]:
                context = paragraph["context"]
                lead = len(context) - len(context.lstrip())
                index = paragraphs.setdefault(context.strip(), len(paragraphs))
                articles += [number] * (index == len(articles))
                for qa in paragraph["qas"]:
                    answers = tuple(
                        (a["answer_start"] - lead, a["text"]) for a in qa.get("answers", ())
                    )
                    questions.append(SquadQuestion(qa["id"], qa["question"], index, answers))
    except (AttributeError, KeyError, TypeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path} is not of SQuAD's form: {error!r}") from error
    return SquadFile(language, tuple(paragraphs), tuple(articles), tuple(questions))


def ranks(scores: Scores, gold: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The 0-based rank of each question's gold paragraph; ties count against it.

    Args:
        scores: Shape (n_questions, n_paragraphs), higher is better.
        gold: Shape (n_questions,).
    """
    own = scores[np.arange(len(gold)), gold][:, None]
    return np.asarray((scores >= own).sum(axis=1) - 1, dtype=np.int64)


def ndcg_at_10(gold_ranks: npt.NDArray[np.int64]) -> float:
    """Mean nDCG@10 (Järvelin and Kekäläinen 2002) with one relevant paragraph a question."""
    gains = np.where(gold_ranks < 10, 1.0 / np.log2(gold_ranks + 2.0), 0.0)
    return float(gains.mean())


def recall_at(gold_ranks: npt.NDArray[np.int64], k: int) -> float:
    """Share of questions whose paragraph is among the first k."""
    return float((gold_ranks < k).mean())
