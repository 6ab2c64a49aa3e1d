"""Pull Arabic towards English: distil the bundled encoder's English into its Arabic.

The teacher is the encoder itself, reading the English side: what an Arabic text should be
embedded as is what its English translation is (Reimers and Gurevych 2020). Because the English
targets never change they are embedded once, and every one of them is a negative for every
Arabic text at no cost (InfoNCE over the whole bank). Questions also learn their passage.

    python -m training.finetune --model assistant/embedder --out .work/finetuned
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional
from transformers import BertModel, PreTrainedTokenizerFast

from training.bank import Bank, read_banks

TEMPERATURE = 0.02
PULL = 8.0  # weight of 1 - cosine beside the contrastive loss
LEARNING_RATE = 4e-5
TOKENS_A_STEP = 1800
# How often each bank is drawn from, and how often the English side is held in place instead.
DRAWS = {"sentences": 0.3, "passages": 0.2, "questions": 0.3, "words": 0.1, "names": 0.1}
HOLD_ENGLISH = 0.2


class Encoder:
    """Mean-pooled BERT, as the bundled model is."""

    def __init__(self, folder: Path) -> None:
        self.tokenizer = PreTrainedTokenizerFast(
            tokenizer_file=str(folder / "tokenizer.json"), pad_token="<pad>"
        )
        self.model = BertModel.from_pretrained(folder, add_pooling_layer=False).float()

    def __call__(self, texts: Sequence[str]) -> torch.Tensor:
        """Embed texts with their prefixes; (n, dim), rows of norm 1."""
        return self.read(texts, 0)[0]

    def read(
        self, texts: Sequence[str], prompt_chars: int
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Embed texts, and their tokens.

        Returns:
            Vectors, (n, dim); token vectors, (n, longest, dim), all rows of norm 1; and which
            of them stand in the text itself, (n, longest).
        """
        batch = self.tokenizer(
            list(texts),
            padding=True,
            truncation=True,
            max_length=400,
            return_tensors="pt",
            return_offsets_mapping=True,
        )
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=_fast_bf16()):
            states = self.model(
                input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]
            ).last_hidden_state
        mask = batch["attention_mask"][..., None]
        states = states.float()
        pooled = (states * mask).sum(1) / mask.sum(1)
        spans = batch["offset_mapping"]
        own = (spans[..., 1] > spans[..., 0]) & (spans[..., 1] > prompt_chars)
        return functional.normalize(pooled, dim=-1), functional.normalize(states, dim=-1), own

    @torch.no_grad()
    def embed(self, texts: Sequence[str], size: int = 48) -> torch.Tensor:
        """Embed many texts, longest first, without gradients; for a model that isn't trained."""
        if _fast_bf16():
            self.model.bfloat16()
        order = sorted(range(len(texts)), key=lambda index: -len(texts[index]))
        out = torch.empty(len(texts), self.model.config.hidden_size)
        self.model.eval()
        for start in range(0, len(order), size):
            chunk = order[start : start + size]
            out[chunk] = self([texts[index] for index in chunk])
        return out


def _fast_bf16() -> bool:
    """Whether bf16 runs in hardware here; emulated, it is ten times slower than fp32."""
    return "avx512_bf16" in Path("/proc/cpuinfo").read_text() if Path("/proc").exists() else False


@dataclass
class Targets:
    """The fixed English side of a bank.

    Attributes:
        texts: English texts, shape (n, dim).
        same: For each item the id of its English text: items that share it are no negatives.
        passages: For questions, the English passages, (n_passages, dim); else None.
    """

    texts: torch.Tensor
    same: torch.Tensor
    passages: torch.Tensor | None = None


def targets_of(bank: Bank, teacher: Encoder, passages: torch.Tensor | None) -> Targets:
    """Embed a bank's English side once."""
    unique = list(dict.fromkeys(bank.english))
    number = {text: index for index, text in enumerate(unique)}
    same = torch.tensor([number[text] for text in bank.english])
    return Targets(teacher.embed(unique), same, passages if bank.passage else None)


def loss_of(
    student: Encoder, bank: Bank, targets: Targets, items: Sequence[int], hold: bool
) -> torch.Tensor:
    """Contrast over the whole bank, plus the pull to the target itself."""
    texts = bank.english if hold else bank.arabic
    out = student([texts[index] for index in items])
    same = targets.same[list(items)]
    pull = 1 - (out * targets.texts[same]).sum(-1)
    contrast = functional.cross_entropy(out @ targets.texts.T / TEMPERATURE, same)
    loss = contrast + PULL * pull.mean()
    if targets.passages is not None:
        gold = torch.tensor([bank.passage[index] for index in items])
        loss = loss + functional.cross_entropy(out @ targets.passages.T / TEMPERATURE, gold)
    return loss


def batches(bank: Bank, random: np.random.Generator) -> Iterator[list[int]]:
    """Endless batches of texts of like length, about TOKENS_A_STEP tokens each."""
    lengths = np.array([len(text) / 3.5 + 4 for text in bank.arabic])
    while True:
        # Noise on the lengths mixes the batches from one round to the next.
        order = np.argsort(lengths * random.uniform(0.8, 1.25, len(lengths)))
        groups: list[list[int]] = [[]]
        for index in order:
            if len(groups[-1]) * lengths[index] > TOKENS_A_STEP or len(groups[-1]) >= 128:
                groups.append([])
            groups[-1].append(int(index))
        for group in random.permutation(len(groups)):
            if groups[group]:
                yield groups[group]


def train(student: Encoder, teacher: Encoder, banks: dict[str, Bank], minutes: float) -> None:
    """Train for `minutes` of wall time, the learning rate falling to nothing over them."""
    random = np.random.default_rng(0)
    torch.manual_seed(0)
    print("embedding the English side", flush=True)
    passages = teacher.embed(banks["passages"].english)
    targets = {name: targets_of(bank, teacher, passages) for name, bank in banks.items()}
    feeds = {name: batches(bank, random) for name, bank in banks.items()}
    names = list(banks)
    odds = np.array([DRAWS[name] for name in names])
    odds /= odds.sum()
    quiet(student.model)
    begin = time.monotonic()

    def step() -> torch.Tensor:
        name = str(random.choice(names, p=odds))
        items = next(feeds[name])
        return loss_of(student, banks[name], targets[name], items, random.random() < HOLD_ENGLISH)

    learning(student.model, LEARNING_RATE, step, lambda: (time.monotonic() - begin) / 60 / minutes)


def quiet(model: BertModel) -> None:
    """Train without dropout: the texts are few and the targets exact."""
    model.train()
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0


def learning(
    model: BertModel,
    rate: float,
    step: Callable[[], torch.Tensor],
    spent: Callable[[], float],
) -> None:
    """Take steps until `spent()` is 1, the learning rate falling to nothing meanwhile."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.0)
    recent: list[float] = []
    count = 0
    while (share := spent()) < 1:
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1.0, (count + 1) / 30) * (1 - share)
        loss = step()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        count += 1
        recent.append(loss.item())
        if count % 20 == 0:
            print(f"step {count}  {share:.0%}  loss {np.mean(recent):.3f}", flush=True)
            recent.clear()


def main() -> None:
    """Read the arguments, train, mix, write the folder."""
    from tokenizers import Tokenizer

    from training.embedder_folder import write_model_dir

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=Path("assistant/embedder"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=45)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--start", type=Path, help="go on from these weights, not the teacher's")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    banks = read_banks()
    for name, bank in banks.items():
        print(name, len(bank.arabic))
    teacher, student = Encoder(arguments.model), Encoder(arguments.start or arguments.model)
    train(student, teacher, banks, arguments.minutes)
    tokenizer = Tokenizer.from_file(str(arguments.model / "tokenizer.json"))
    write_model_dir(student.model, tokenizer, arguments.out)


if __name__ == "__main__":
    main()
