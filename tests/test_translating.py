"""Draft translations keep paragraphs and numbers, and never touch what a person reviewed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import frontmatter
import pytest

from assistant.answering.chat_model import Message
from assistant.answering.rewrite import Rewriter
from assistant.errors import ChatModelError, ReadingError
from assistant.models import Answer
from assistant.reading import align, read_file
from assistant.settings import Settings
from assistant.translating import translate_file

PAIRS = {
    "ميناء خليج طريفة يعود إلى العمل": "The harbour of Tarifa Bay is at work again",
    "أعيد فتح ميناء خليج طريفة يوم الاثنين 3 مارس، بحسب ما أعلنت السلطات في المدينة.": (
        "The harbour of Tarifa Bay reopened on Monday, 3 March, the city's authorities said."
    ),
    "ودفعت حكومة الإقليم 4.2 مليون يورو لانتشال الحطام.": (
        "The regional government paid 4.2 million euros to raise the wreck."
    ),
}


class Dictionary:
    """A model that knows whole paragraphs, both ways."""

    name = "test:dictionary"

    def __init__(self, pairs: dict[str, str]) -> None:
        self.pairs = pairs

    def stream(self, messages: Sequence[Message]) -> Iterator[str]:
        prompt = messages[-1].text
        for one, other in (*self.pairs.items(), *((b, a) for a, b in self.pairs.items())):
            if f"<paragraph>\n{one}\n</paragraph>" in prompt:
                yield from (other[:10], other[10:] + "\n")


def write(folder: Path, language: str) -> Path:
    paragraphs = list(PAIRS) if language == "ar" else list(PAIRS.values())
    path = folder / f"harbour-{language}.txt"
    path.write_text("\n\n".join(paragraphs), encoding="utf-8")
    return path


@pytest.mark.parametrize(("language", "other"), [("ar", "en"), ("en", "ar")])
def test_a_draft_is_aligned_and_says_what_it_is(tmp_path: Path, language: str, other: str) -> None:
    source = write(tmp_path, language)
    made = translate_file(source, Settings(), Dictionary(PAIRS))
    assert made == tmp_path / f"harbour-{other}.md"
    held = frontmatter.loads(made.read_text(encoding="utf-8"))
    assert held["translation_of"] == source.name
    assert held["translated_by"] == "test:dictionary"
    assert held["reviewed"] is False
    assert "to_check" not in held.metadata
    original, translation = read_file(source), read_file(made)
    assert translation.language == other
    assert align(original, translation).translation_of(0, 10)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([source.name, made.name])


@pytest.mark.parametrize("front", ["reviewed: true", "title: by hand", "reviewed: 'false'"])
def test_what_may_have_been_reviewed_is_never_written_over(tmp_path: Path, front: str) -> None:
    source = write(tmp_path, "ar")
    reviewed = tmp_path / "harbour-en.md"
    reviewed.write_text(f"---\n{front}\n---\n\nBy hand.\n", encoding="utf-8")
    with pytest.raises(ReadingError, match=r"harbour-en\.md"):
        translate_file(source, Settings(), Dictionary(PAIRS))
    assert "By hand." in reviewed.read_text(encoding="utf-8")


def test_an_unreviewed_draft_is_made_anew_and_a_translation_is_not_translated(
    tmp_path: Path,
) -> None:
    source = write(tmp_path, "ar")
    made = translate_file(source, Settings(), Dictionary(PAIRS))
    assert translate_file(source, Settings(), Dictionary(PAIRS)) == made
    with pytest.raises(ReadingError, match="translation"):
        translate_file(made, Settings(), Dictionary(PAIRS))


def test_a_lost_number_is_noted_for_the_reviewer(tmp_path: Path) -> None:
    source = write(tmp_path, "ar")
    wrong = {one: other.replace("4.2", "2.4") for one, other in PAIRS.items()}
    made = translate_file(source, Settings(), Dictionary(wrong))
    [lost, added] = frontmatter.loads(made.read_text(encoding="utf-8"))["to_check"]
    assert "4.2" in lost
    assert "2.4" in added


def test_a_paragraph_that_stays_untranslated_leaves_no_file(tmp_path: Path) -> None:
    source = write(tmp_path, "ar")
    with pytest.raises(ChatModelError, match="did not translate"):
        translate_file(source, Settings(), Dictionary({one: one for one in PAIRS}))
    assert [path.name for path in tmp_path.iterdir()] == [source.name]


class Says:
    """A model with one reply, or none."""

    name = "test:says"

    def __init__(self, reply: str | None) -> None:
        self.reply = reply
        self.prompt = ""

    def stream(self, messages: Sequence[Message]) -> Iterator[str]:
        self.prompt = messages[-1].text
        if self.reply is None:
            raise ChatModelError("It failed.", "Try again.")
        yield self.reply


@pytest.mark.parametrize(
    ("question", "reply", "taken"),
    [
        ("when was that?", "When did Kochavi meet Loudiyi?", "When did Kochavi meet Loudiyi?"),
        ("ومتى كان ذلك؟", "«متى التقى كوخافي لوديي؟»", "متى التقى كوخافي لوديي؟"),
        ("when was that?", "متى التقى كوخافي لوديي؟", None),
        ("ومتى كان ذلك؟", "When did Kochavi meet Loudiyi?", None),
        ("when was that?", "Sure!\nWhen did Kochavi meet Loudiyi?", None),
        ("when was that?", "", None),
        ("when was that?", "...", None),
        ("when was that?", "word " * 80, None),
        ("when was that?", None, None),
    ],
)
def test_a_rewritten_question_is_taken_only_when_it_is_one(
    question: str, reply: str | None, taken: str | None
) -> None:
    turn = Answer(
        question="Who did Kochavi meet?", language="en", text="Loudiyi.", found=True, confidence=1.0
    )
    model = Says(reply)
    assert Rewriter(model)(question, [turn]) == taken
    assert question in model.prompt
    assert turn.question in model.prompt
