"""Writing an answer with a language model, sentence by sentence, each checked before it shows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from assistant.answering.chat_model import ChatModel, Message
from assistant.answering.check import Checker, Verdict
from assistant.answering.reply import NOT_FOUND, Draft, drafts
from assistant.errors import ChatModelError
from assistant.language import Language, detect
from assistant.prompting import as_data, fill

_MOST_SENTENCES = 12


@dataclass(frozen=True)
class Evidence:
    """A passage that a model is given.

    Attributes:
        number: In the prompt, from 1.
        title: Of its article.
        published: Its article's day, or None.
        text: The passage.
    """

    number: int
    title: str
    published: date | None
    text: str


@dataclass(frozen=True)
class Support:
    """Where a passage says what a sentence says.

    Attributes:
        number: The passage's.
        start: In characters of the passage's text; one or two whole sentences.
        end: Exclusive.
    """

    number: int
    start: int
    end: int


@dataclass(frozen=True)
class Written:
    """A sentence that passed the check.

    Attributes:
        text: Without markers.
        supports: At least one, the surest first.
        paragraph: It begins a new paragraph.
    """

    text: str
    supports: tuple[Support, ...]
    paragraph: bool = False


class Writer:
    """Answers from passages with a language model; what they don't support is left out."""

    def __init__(self, model: ChatModel, checker: Checker) -> None:
        """Write with `model`, show what `checker` finds supported."""
        self.name = model.name
        self._model = model
        self._checker = checker

    def write(
        self, question: str, language: Language, evidence: Sequence[Evidence]
    ) -> Iterator[Written]:
        """The sentences of the answer, each once it has been checked.

        Args:
            question: As it stands alone.
            language: Of the answer; sentences in the other one are left out.
            evidence: What may be cited.

        Raises:
            ChatModelError: the model failed, also midway; or it found no answer; or nothing
                that it wrote was supported.
        """
        messages = [
            Message("system", fill("answer", language)),
            Message("human", prompt(question, language, evidence)),
        ]
        kept: set[str] = set()
        written = 0
        for draft in drafts(self._model.stream(messages)):
            if NOT_FOUND in draft.text.upper().replace(" ", "_"):
                break
            written += 1
            sentence = self._checked(draft, language, evidence)
            if sentence is not None and sentence.text not in kept:
                kept.add(sentence.text)
                yield sentence
            if len(kept) >= _MOST_SENTENCES:
                return
        if not kept:
            raise _nothing(self.name, written)

    def _checked(
        self, draft: Draft, language: Language, evidence: Sequence[Evidence]
    ) -> Written | None:
        if detect(draft.text) != language or _has_strange_link(draft.text, evidence):
            return None
        by_number = {each.number: each for each in evidence}
        cited = [by_number[n] for n in draft.numbers if n in by_number]
        supports = self._supports(draft.text, cited)
        if not supports:
            # No marker, or the wrong one: whoever says so is cited.
            supports = self._elsewhere(draft.text, [e for e in evidence if e not in cited])
        return Written(draft.text, supports, draft.paragraph) if supports else None

    def _supports(self, sentence: str, cited: Sequence[Evidence]) -> tuple[Support, ...]:
        """Which of the cited passages say so: each alone, or, failing that, all together."""
        verdict = self._checker.check(sentence, [each.text for each in cited])
        if not verdict.supported:
            return ()
        alone = [e for e in cited if self._checker.check(sentence, [e.text]).supported]
        if not alone or alone == list(cited):
            return _located(cited, verdict)
        return _located(alone, self._checker.check(sentence, [each.text for each in alone]))

    def _elsewhere(self, sentence: str, others: Sequence[Evidence]) -> tuple[Support, ...]:
        best: tuple[float, tuple[Support, ...]] = (0.0, ())
        for other in others:
            verdict = self._checker.check(sentence, [other.text])
            if verdict.supported and verdict.support > best[0]:
                best = (verdict.support, _located([other], verdict))
        return best[1]


def prompt(question: str, language: Language, evidence: Iterable[Evidence]) -> str:
    """The request: passages between delimiters that their text can't close, and the question."""
    passages = "\n\n".join(
        f'<passage number="{each.number}" title="{_attribute(each.title)}"'
        + (f' published="{each.published.isoformat()}"' if each.published else "")
        + f">\n{as_data(each.text)}\n</passage>"
        for each in evidence
    )
    return fill("question", language, passages=passages, question=as_data(question))


def _attribute(text: str) -> str:
    return as_data(" ".join(text.split())).replace('"', "'")


def _located(cited: Sequence[Evidence], verdict: Verdict) -> tuple[Support, ...]:
    rows = sorted(zip(cited, verdict.spans, verdict.supports, strict=True), key=lambda row: -row[2])
    return tuple(Support(each.number, *span) for each, span, _ in rows)


_LINK = re.compile(r"https?:\S+|www\.\S+|\]\(|<\s*/?\s*[a-z]", re.IGNORECASE)


def _has_strange_link(sentence: str, evidence: Sequence[Evidence]) -> bool:
    """Whether a sentence holds an address or markup that no passage has."""
    return any(
        not any(link[0] in each.text for each in evidence) for link in _LINK.finditer(sentence)
    )


def _nothing(name: str, written: int) -> ChatModelError:
    if written:
        return ChatModelError(
            f"The passages support nothing that {name} wrote.", "Their own words are quoted."
        )
    return ChatModelError(
        f"{name} wrote no answer from the passages.", "Their own words are quoted."
    )
