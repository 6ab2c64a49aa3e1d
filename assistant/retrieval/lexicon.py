"""The bundled translation table: which English stems an Arabic stem becomes, and the reverse."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Container, Iterator, Mapping, Sequence, Set
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from assistant.errors import LexiconError
from assistant.language import Language, normalise, stem, tokenise, words

FORMAT = 1
FILE_NAME = "table.npz"
CHECKSUM_NAME = "table.npz.sha256"

Arrays = Mapping[str, npt.NDArray[Any]]


class Lexicon:
    """P(target stem | source stem) both ways, and how common stems are.

    Made by `python -m training.lexicon`; `assistant/lexicon/README.md` names the sources.
    """

    def __init__(
        self, arrays: Arrays, function_words: Mapping[Language, Set[str]] | None = None
    ) -> None:
        """Take the arrays of a table file.

        Args:
            arrays: As `training.lexicon` writes them.
            function_words: Normalised words that carry no content.

        Raises:
            LexiconError: An array is missing, or the format is another one.
        """
        self._function_words = function_words or {"ar": frozenset(), "en": frozenset()}
        self._function_stems = {
            language: frozenset(stem(word) for word in listed)
            for language, listed in self._function_words.items()
        }
        try:
            if int(arrays["format"]) != FORMAT:
                raise LexiconError(f"The lexicon has format {arrays['format']}.", _REINSTALL)
            self._stems: dict[Language, list[str]] = {
                "ar": _strings(arrays["ar_stems"]),
                "en": _strings(arrays["en_stems"]),
            }
            self._rows: dict[Language, dict[str, int]] = {
                language: {stem: n for n, stem in enumerate(stems)}
                for language, stems in self._stems.items()
            }
            self._starts: dict[Language, npt.NDArray[np.uint32]] = {
                "ar": arrays["ar_starts"],
                "en": arrays["en_starts"],
            }
            self._targets: dict[Language, npt.NDArray[np.uint32]] = {
                "ar": arrays["ar_targets"],
                "en": arrays["en_targets"],
            }
            self._p: dict[Language, npt.NDArray[np.float16]] = {
                "ar": arrays["ar_p"],
                "en": arrays["en_p"],
            }
            self._log_share: dict[Language, npt.NDArray[np.float16]] = {
                "ar": arrays["ar_log_share"],
                "en": arrays["en_log_share"],
            }
        except KeyError as error:
            raise LexiconError(f"The lexicon lacks {error}.", _REINSTALL) from error

    @classmethod
    def bundled(cls) -> Lexicon:
        """The table that comes with the package, read once.

        Raises:
            LexiconError: The file is missing or damaged.
        """
        return _bundled()

    @classmethod
    def open(cls, folder: Traversable) -> Lexicon:
        """Read a table file and compare it with its checksum.

        Raises:
            LexiconError: A file is missing, or doesn't fit its checksum or the format.
        """
        try:
            content = folder.joinpath(FILE_NAME).read_bytes()
            expected = folder.joinpath(CHECKSUM_NAME).read_text(encoding="ascii").split()[0]
            function_words = _function_words(folder)
        except (OSError, UnicodeDecodeError, IndexError) as error:
            raise LexiconError(f"The lexicon can't be read: {error}.", _REINSTALL) from error
        if hashlib.sha256(content).hexdigest() != expected:
            raise LexiconError(f"{FILE_NAME} doesn't fit its checksum.", _REINSTALL)
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
                return cls({name: arrays[name] for name in arrays.files}, function_words)
        except (ValueError, EOFError, zipfile.BadZipFile) as error:
            raise LexiconError(f"{FILE_NAME} can't be read: {error}.", _REINSTALL) from error

    def stems(self, text: str) -> list[str]:
        """A text's stems as the table knows them: `tokenise`, then `settled`."""
        return [self.settled(stem) for stem in tokenise(text)]

    def stemmed_words(self, text: str) -> Iterator[tuple[str, str]]:
        """A text's words, normalised, each with its stem."""
        for word in words(text):
            stems = self.stems(text[word.start : word.end])
            if stems:
                yield word.text, stems[0]

    def settled(self, stem: str) -> str:
        """The stem, or what is left of an unknown Arabic one without the particles before it."""
        return without_particles(stem, self._rows["ar"])

    def knows(self, stem: str, language: Language) -> bool:
        """Whether any source holds the stem."""
        return stem in self._rows[language]

    def vocabulary(self, language: Language) -> Mapping[str, int]:
        """All stems of a language, each with its row in the table."""
        return self._rows[language]

    def translations(self, stem: str, source: Language) -> Sequence[tuple[str, float]]:
        """Stems of the other language for one of `source`, the likeliest first.

        Returns:
            (stem, probability); probabilities sum to at most 1. Empty for an unknown stem.
        """
        row = self._rows[source].get(stem)
        if row is None:
            return ()
        span = slice(*self._starts[source][row : row + 2].tolist())
        stems = self._stems["en" if source == "ar" else "ar"]
        targets = self._targets[source][span].tolist()
        return list(zip([stems[t] for t in targets], self._p[source][span].tolist(), strict=True))

    def synonyms(self, stem: str, language: Language) -> Mapping[str, float]:
        """Stems of the same language that share translations, with P(synonym | stem)."""
        other: Language = "en" if language == "ar" else "ar"
        found: dict[str, float] = {}
        for translation, p in self.translations(stem, language)[:_PIVOTS]:
            if translation not in self._function_stems[other]:
                for synonym, back in self.translations(translation, other)[:_SYNONYMS]:
                    found[synonym] = found.get(synonym, 0.0) + p * back
        empty = {stem, *self._function_stems[language]}
        return {synonym: p for synonym, p in found.items() if synonym not in empty and p >= 0.01}

    def is_function_stem(self, stem: str, language: Language) -> bool:
        """Whether a stem is that of a function word."""
        return stem in self._function_stems[language]

    def is_function_word(self, word: str, language: Language) -> bool:
        """Whether a normalised word asks or joins rather than names: who, of, شكون, ومتى."""
        known = self._function_words[language]
        return word in known or (language == "ar" and word[0] in "وف" and word[1:] in known)

    def share(self, stem: str, language: Language) -> float:
        """How much of running text the stem is; 0.0 for one that no text held."""
        row = self._rows[language].get(stem)
        return 0.0 if row is None else float(np.exp(np.float32(self._log_share[language][row])))


def without_particles(stem_: str, known: Container[str]) -> str:
    """What is left of an unknown Arabic stem when some particle or prefix before it goes.

    Snowball keeps و and ل before an article, and every prefix of a word it finds too short.

    Returns:
        A known stem of at least three letters, or the stem as it was.
    """
    if len(stem_) < 4 or stem_ in known or not "\u0621" <= stem_[0] <= "\u064a":
        return stem_
    for particle in _PARTICLES:
        if stem_.startswith(particle) and len(stem_) - len(particle) >= 3:
            rest = stem_[len(particle) :]
            shorter = stem(rest)
            # Two particles gone at once would make fear, خاف, of the name كوخاف.
            if len(shorter) >= 3 and shorter in known and rest.startswith(shorter):
                return shorter
    return stem_


# The longer before the shorter; the last four are verbs' persons.
_PARTICLES = tuple("وال فال بال كال لل ول وب وي وت ال و ف ب ل ك ي ت ن ا".split())
# How many translations lead to synonyms, and how many synonyms each.
_PIVOTS, _SYNONYMS = 6, 8
_REINSTALL = "Install the package again, or make the table with `python -m training.lexicon`."


@lru_cache(maxsize=1)
def _bundled() -> Lexicon:
    return Lexicon.open(files("assistant") / "lexicon")


def _function_words(folder: Traversable) -> dict[Language, frozenset[str]]:
    lists: dict[Language, frozenset[str]] = {}
    for language in get_args(Language):
        text = folder.joinpath(f"function-words.{language}.txt").read_text(encoding="utf-8")
        lists[language] = frozenset(normalise(text).split())
    return lists


def _strings(blob: npt.NDArray[np.uint8]) -> list[str]:
    return blob.tobytes().decode("utf-8").split("\n")
