"""Teach Arabic tokens to meet English ones: late interaction between questions and passages.

The second stage after `training.finetune`. The English side is the untouched teacher's and is
read once, token by token (ColBERT's MaxSim, Khattab and Zaharia 2020); Arabic questions learn to
find English passages, Arabic passages to be found by English and Arabic questions. Passages that
stand together in our files are on kindred subjects, and so hard negatives for each other.

    python -m training.interact --teacher .work/base --start .work/finetuned --out .work/tuned
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from training.bank import PASSAGE, QUERY, Bank, read_banks
from training.finetune import PULL, TEMPERATURE, Encoder, learning, quiet

LEARNING_RATE = 3e-5
QUESTIONS_A_STEP = 48
PASSAGES_A_STEP = 7
NEGATIVES = 40
# Of 10 steps: Arabic questions over English, Arabic passages, sentences, English held in place.
DRAWS = (("questions", 0.4), ("passages", 0.4), ("sentences", 0.1), ("english", 0.1))


@dataclass
class Tokens:
    """Token vectors of texts, without prompt and special tokens; each (n_tokens, dim)."""

    rows: list[torch.Tensor]

    def padded(self, items: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor]:
        """The chosen texts as (n, longest, dim), and which places hold a token."""
        chosen = [self.rows[item].float() for item in items]
        padded = torch.nn.utils.rnn.pad_sequence(chosen, batch_first=True)
        lengths = torch.tensor([len(row) for row in chosen])
        return padded, torch.arange(padded.shape[1]) < lengths[:, None]


def late(
    questions: torch.Tensor, asked: torch.Tensor, passages: torch.Tensor, held: torch.Tensor
) -> torch.Tensor:
    """MaxSim of each question with each passage: (n_questions, n_passages).

    Args:
        questions: (n_questions, tokens, dim), rows of norm 1.
        asked: (n_questions, tokens), which are tokens.
        passages: (n_passages, tokens, dim), rows of norm 1.
        held: (n_passages, tokens), which are tokens.
    """
    similar = torch.einsum("qtd,psd->qpts", questions, passages)
    best = similar.masked_fill(~held[None, :, None, :], -1.0).amax(-1)
    return (best * asked[:, None, :]).sum(-1) / asked.sum(-1)[:, None]


class Interaction:
    """The banks, the teacher's English side, and a student that learns from both."""

    def __init__(self, student: Encoder, teacher: Encoder, banks: dict[str, Bank]) -> None:
        self.student = student
        self.banks = banks
        self.random = np.random.default_rng(1)
        asked, held = banks["questions"], banks["passages"]
        self.passage_vectors, self.passage_tokens = read_all(teacher, held.english)
        self.question_vectors, self.question_tokens = read_all(teacher, asked.english)
        self.gold = torch.tensor(asked.passage)
        self.questions_of = [torch.nonzero(self.gold == n)[:, 0] for n in range(len(held.english))]
        chosen = self.random.permutation(len(banks["sentences"].english))[:4000]
        self.sentences = [int(item) for item in chosen]
        english = [banks["sentences"].english[item] for item in self.sentences]
        self.sentence_vectors = teacher.embed(english)

    def questions(self) -> torch.Tensor:
        """Arabic questions: near their English selves, and nearest to their passage."""
        items = self.random.choice(len(self.gold), QUESTIONS_A_STEP, replace=False)
        vectors, tokens, mask = self.student.read(
            [self.banks["questions"].arabic[item] for item in items], len(QUERY)
        )
        gold = self.gold[items]
        loss = self._pulled(vectors, self.question_vectors, torch.tensor(items))
        loss = loss + functional.cross_entropy(vectors @ self.passage_vectors.T / TEMPERATURE, gold)
        # Neighbours of the gold passages are the hardest negatives there are.
        near = {int(number) for number in gold}
        near |= {min(number + 1, len(self.passage_vectors) - 1) for number in near}
        others = self.random.choice(len(self.passage_vectors), NEGATIVES, replace=False)
        candidates = sorted(near | {int(number) for number in others})
        where = torch.tensor([candidates.index(int(number)) for number in gold])
        scores = late(tokens, mask, *self.passage_tokens.padded(candidates))
        return loss + functional.cross_entropy(scores / TEMPERATURE, where)

    def passages(self) -> torch.Tensor:
        """Arabic passages that stand together, found by questions of both languages."""
        start = int(self.random.integers(0, len(self.passage_vectors) - PASSAGES_A_STEP))
        items = range(start, start + PASSAGES_A_STEP)
        vectors, tokens, mask = self.student.read(
            [self.banks["passages"].arabic[item] for item in items], len(PASSAGE)
        )
        loss = self._pulled(vectors, self.passage_vectors, torch.tensor(items))
        asked = torch.cat([self.questions_of[item] for item in items])
        gold = self.gold[asked] - start
        english = self.question_tokens.padded(asked.tolist())
        own, own_tokens, own_mask = self.student.read(
            [self.banks["questions"].arabic[item] for item in asked.tolist()], len(QUERY)
        )
        for dense, fine in ((self.question_vectors[asked], english), (own, (own_tokens, own_mask))):
            loss = loss + functional.cross_entropy(dense @ vectors.T / TEMPERATURE, gold) / 2
            scores = late(*fine, tokens, mask)
            loss = loss + functional.cross_entropy(scores / TEMPERATURE, gold) / 2
        return loss

    def sentence_step(self) -> torch.Tensor:
        """Arabic sentences near their English selves."""
        items = self.random.choice(len(self.sentences), 48, replace=False)
        texts = [self.banks["sentences"].arabic[self.sentences[item]] for item in items]
        return self._pulled(self.student(texts), self.sentence_vectors, torch.tensor(items))

    def english(self) -> torch.Tensor:
        """English where it was: questions and their passages, whole and token by token."""
        items = self.random.choice(len(self.gold), 24, replace=False)
        texts = [self.banks["questions"].english[item] for item in items]
        vectors, tokens, mask = self.student.read(texts, len(QUERY))
        loss = self._pulled(vectors, self.question_vectors, torch.tensor(items))
        before = torch.cat([self.question_tokens.rows[item] for item in items])
        moved = 1 - (tokens[mask] * before).sum(-1).mean()
        start = int(self.random.integers(0, len(self.passage_vectors) - 5))
        own = self.student(self.banks["passages"].english[start : start + 5])
        held = 1 - (own * self.passage_vectors[start : start + 5]).sum(-1).mean()
        return loss + PULL * (moved + held)

    @staticmethod
    def _pulled(vectors: torch.Tensor, bank: torch.Tensor, items: torch.Tensor) -> torch.Tensor:
        contrast = functional.cross_entropy(vectors @ bank.T / TEMPERATURE, items)
        return contrast + PULL * (1 - (vectors * bank[items]).sum(-1)).mean()


def read_all(teacher: Encoder, texts: Sequence[str]) -> tuple[torch.Tensor, Tokens]:
    """Vectors and token vectors of many texts, without gradients; tokens in half precision."""
    order = sorted(range(len(texts)), key=lambda index: -len(texts[index]))
    vectors = torch.empty(len(texts), teacher.model.config.hidden_size)
    rows: list[torch.Tensor] = [torch.empty(0)] * len(texts)
    prompt = len(QUERY if texts[0].startswith(QUERY) else PASSAGE)
    with torch.no_grad():
        for start in range(0, len(order), 24):
            chunk = order[start : start + 24]
            found, tokens, mask = teacher.read([texts[index] for index in chunk], prompt)
            vectors[chunk] = found
            for index, row, real in zip(chunk, tokens, mask, strict=True):
                rows[index] = row[real].half()
    return vectors, Tokens(rows)


def main() -> None:
    """Read the arguments, train, mix, write the folder."""
    from tokenizers import Tokenizer

    from training.embedder_folder import write_model_dir

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--teacher", type=Path, required=True)
    parser.add_argument("--start", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=25)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(1)
    student = Encoder(arguments.start)
    stage = Interaction(student, Encoder(arguments.teacher), read_banks())
    quiet(student.model)
    steps = {
        "questions": stage.questions,
        "passages": stage.passages,
        "sentences": stage.sentence_step,
        "english": stage.english,
    }
    names, odds = zip(*DRAWS, strict=True)
    begin = time.monotonic()

    def spent() -> float:
        return (time.monotonic() - begin) / 60 / arguments.minutes

    def step() -> torch.Tensor:
        return steps[str(stage.random.choice(names, p=odds))]()

    learning(student.model, LEARNING_RATE, step, spent)
    tokenizer = Tokenizer.from_file(str(arguments.start / "tokenizer.json"))
    write_model_dir(student.model, tokenizer, arguments.out)


if __name__ == "__main__":
    main()
