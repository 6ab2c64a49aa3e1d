"""Trim a multilingual vocabulary to the pieces that Arabic and English text uses.

A unigram tokenizer takes the likeliest path through a text's pieces. When every piece of that
path is kept with its score, the path stays the likeliest: tokens agree, and so do vectors.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tokenizers import Tokenizer

if TYPE_CHECKING:
    from transformers import BertModel

ENGLISH_WORDS = 200_000
ARABIC_WORDS = 300_000
# Behind a quotation mark a word has no blank before it, and so other pieces.
QUOTED_WORDS = 50_000
_BATCH = 20_000
_SCRIPTS = ("LATIN", "ARABIC")
# Categories of Unicode that belong to no language: digits, punctuation, symbols.
_SHARED_CATEGORIES = "NPS"
_ARABIC_LETTERS = re.compile("[\u0621-\u0652]+")
_NUMBERS_AND_MARKS = re.compile(r"[!-@\[-`{-~€£،؛؟٪٠-٩“”‘’«»–—…•°]+")


def texts(corpus: Path) -> Iterator[str]:
    """Frequent words in the casings they come in, and every line of the training text.

    Args:
        corpus: The folder of training text; its `eval` folder is never read.
    """
    from wordfreq import top_n_list

    for word in top_n_list("en", ENGLISH_WORDS):
        yield from (word, word.title(), word.upper())
    for word in top_n_list("en", QUOTED_WORDS):
        yield f'"{word.title()}'
    yield from top_n_list("ar", ARABIC_WORDS)
    for file in training_files(corpus):
        yield from file.read_text(encoding="utf-8").splitlines()


def training_files(corpus: Path) -> list[Path]:
    """The files of the corpus that may be learnt from."""
    return sorted([*corpus.glob("words/*.tsv"), *corpus.glob("*.tsv"), *corpus.glob("qa/*.txt")])


def used_pieces(tokenizer: Tokenizer, lines: Iterable[str]) -> set[int]:
    """The pieces that some line's tokens are."""
    used: set[int] = set()
    batch: list[str] = []
    for line in lines:
        batch.append(line)
        if len(batch) == _BATCH:
            used |= _ids(tokenizer, batch)
            batch.clear()
    return used | _ids(tokenizer, batch)


def _ids(tokenizer: Tokenizer, batch: list[str]) -> set[int]:
    encodings = tokenizer.encode_batch_fast(batch, add_special_tokens=False)
    return {piece for encoding in encodings for piece in encoding.ids}


def plain_pieces(tokenizer: Tokenizer) -> set[int]:
    """Pieces kept whether a text uses them or not, so that nothing common is ever split anew.

    These are single letters of both scripts, digits, marks and signs; runs of Arabic letters;
    and runs of digits with the marks of numbers, dates and quotes.
    """
    return {
        number
        for piece, number in tokenizer.get_vocab().items()
        if _is_plain(piece.removeprefix("▁"))
    }


def _is_plain(piece: str) -> bool:
    if len(piece) <= 1:
        return not piece or _is_ours(piece)
    return bool(_ARABIC_LETTERS.fullmatch(piece) or _NUMBERS_AND_MARKS.fullmatch(piece))


def _is_ours(character: str) -> bool:
    if unicodedata.category(character)[0] in _SHARED_CATEGORIES:
        return True
    return unicodedata.name(character, "").startswith(_SCRIPTS)


def trim(model: BertModel, tokenizer: Tokenizer, keep: set[int]) -> tuple[BertModel, Tokenizer]:
    """Keep some pieces, with their scores and their rows, and the tokenizer's special tokens.

    Args:
        model: Its word embeddings are replaced in place.
        tokenizer: A unigram tokenizer; left as it is.
        keep: Numbers of the pieces to keep.

    Returns:
        The same model with fewer rows, and a new tokenizer that numbers them in the old order.
    """
    import torch

    rules = json.loads(tokenizer.to_str())
    special = {token["id"] for token in rules["added_tokens"]}
    order = sorted(keep | special)
    number = {old: new for new, old in enumerate(order)}
    rules["model"]["vocab"] = [rules["model"]["vocab"][old] for old in order]
    rules["model"]["unk_id"] = number[rules["model"]["unk_id"]]
    for token in rules["added_tokens"]:
        token["id"] = number[token["id"]]
    for token in rules["post_processor"]["special_tokens"].values():
        token["ids"] = [number[old] for old in token["ids"]]
    padding = number[model.config.pad_token_id]
    old_rows = model.embeddings.word_embeddings.weight.detach()
    rows = torch.nn.Embedding(len(order), old_rows.shape[1], padding_idx=padding)
    rows.weight = torch.nn.Parameter(old_rows[order].clone())
    model.embeddings.word_embeddings = rows
    model.config.vocab_size, model.config.pad_token_id = len(order), padding
    return model, Tokenizer.from_str(json.dumps(rules, ensure_ascii=False))
