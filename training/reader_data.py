"""What the reader learns from.

Our own bilingual passages in all four directions, ARCD, the development half of XQuAD, and news
articles of both languages; lines that no article answers.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import product

import numpy as np

from assistant.embedding import Embedder
from assistant.language import LANGUAGES, Language, unpointed
from assistant.reading.passages import cut
from assistant.settings import Settings
from benchmarks.squad import read_squad
from training import corpus
from training.broad import broad_questions
from training.corpus import CORPUS, BilingualPassage, NewsQuestion, Pair, lines, passages
from training.reader_sets import (
    LIKE,
    Asked,
    Passages,
    Reading,
    ReadingSet,
    encoded,
    read_set,
    told,
)

STRANGERS, LINES = 60, 20
"""How many questions of other articles are asked of each folder of news in each language; and one
in how many of the lines that no article answers."""
MISSPELT = 0.3
"""How many of the news questions are asked with slips, too."""
_WITHOUT_HAMZA = str.maketrans("أإآىةؤئ", "ااايهوي")
PASSAGE_TOKENS = Settings.model_fields["passage_tokens"].default


def own(embedder: Embedder) -> Iterator[ReadingSet]:
    """Our passages, in four directions, with what no article answers."""
    held = list(passages("train", CORPUS))
    unasked = _unasked()
    for holds in LANGUAGES:
        texts = Passages([_in(passage, holds) for passage in held], embedder)
        for asks in LANGUAGES:
            asked = [Asked(getattr(pair, asks), -1) for pair in unasked]
            for number, passage in enumerate(held):
                for q in passage.questions:
                    answer = getattr(q, f"answer_{holds}")
                    at = texts.texts[number].find(answer) if answer else -1
                    if at >= 0 or q.kind != "answerable":
                        spans = ((at, answer),) if at >= 0 else ()
                        asked.append(Asked(getattr(q, asks), number, spans))
            yield read_set(f"own {asks}-{holds}", texts, asked, embedder)


def _in(passage: BilingualPassage, language: Language) -> str:
    return passage.ar if language == "ar" else passage.en


def arcd(embedder: Embedder) -> Iterator[ReadingSet]:
    """ARCD (Mozannar et al. 2019): native Arabic questions."""
    yield _squad("arcd", "arcd.json", "ar", "arcd.json", "ar", embedder)


def xquad(embedder: Embedder) -> Iterator[ReadingSet]:
    """The development half of XQuAD (Artetxe et al. 2020), in four directions, and strangers."""
    others = [each for _, questions in corpus.news() for each in questions if each.spans]
    for number, (holds, asks) in enumerate(product(LANGUAGES, LANGUAGES)):
        files = f"xquad-dev.{holds}.json", holds, f"xquad-dev.{asks}.json", asks
        yield _squad("xquad", *files, embedder, _strangers(others[number::24], asks, number, 8))


def news(embedder: Embedder) -> Iterator[ReadingSet]:
    """News articles of both languages, cut into passages as the product cuts them.

    Other folders' questions are strangers there.
    """
    chance = random.Random(0)
    folders = list(corpus.news())
    asks_of = [[each for each in questions if each.spans] for _, questions in folders]
    for folder, (articles, questions) in enumerate(folders):
        cuts = [cut(article, embedder.count_tokens, PASSAGE_TOKENS) for article in articles]
        first = np.cumsum([0, *map(len, cuts)])
        whence = [
            (article, passage.start)
            for article, each in zip(articles, cuts, strict=True)
            for passage in each
        ]
        texts = Passages([p.text for each in cuts for p in each], embedder, whence)
        asked = []
        for each in questions:
            place, spans = -1, each.spans
            for number, passage in enumerate(cuts[each.article]):
                if spans and passage.start <= spans[0][0] < passage.end:
                    place = int(first[each.article]) + number
                    spans = tuple((at - passage.start, text) for at, text in spans)
                    break
            worded = [getattr(each, asks) for asks in LANGUAGES]
            if chance.random() < MISSPELT:
                worded += [misspelt(text, chance) for text in worded]
            asked += [Asked(text, place, spans) for text in worded]
        apart = [
            each for other in range(len(folders)) if other != folder for each in asks_of[other]
        ]
        for asks in LANGUAGES:
            asked += _strangers(
                chance.sample(apart, min(STRANGERS, len(apart))), asks, folder % LINES, LINES
            )
        yield read_set("news", texts, asked, embedder)


def broad() -> Iterator[ReadingSet]:
    """Broad questions over the news articles; a sentence that answers does so as a whole."""
    chance = random.Random(4)
    found = ReadingSet("broad", [], [])

    def numbered(title: str, parts: Sequence[tuple[str, str]]) -> tuple[int, ...]:
        first = len(found.sentences)
        found.sentences += [told(title, before, text) for before, text in parts]
        return tuple(range(first, len(found.sentences)))

    for each in broad_questions():
        right = numbered(each.title, each.right)
        wrong = numbered(each.title, chance.sample(each.wrong, min(len(each.wrong), 2 * LIKE)))
        answer = tuple((0, len(found.sentences[number].text) - 1) for number in right)
        found.questions.append(np.array(encoded(unpointed(each.text)).ids))
        number = len(found.questions) - 1
        found.readings.append(Reading(number, right, wrong, answer))
    yield found


@cache
def _unasked() -> list[Pair]:
    return [*lines("general"), *lines("instructions")]


def _strangers(
    others: Sequence[NewsQuestion], asks: Language, start: int, step: int
) -> list[Asked]:
    """Questions of other articles, and some of the lines that no article answers."""
    unasked = _unasked()[start::step]
    return [
        *(Asked(getattr(each, asks), -1) for each in others),
        *(Asked(getattr(pair, asks), -1) for pair in unasked),
    ]


def misspelt(text: str, chance: random.Random) -> str:
    """A question as hasty people type it: letters swapped, dropped or doubled, no hamzas."""
    words = text.split(" ")
    long = [place for place, word in enumerate(words) if len(word) > 3]
    for place in chance.sample(long, min(len(long), chance.choice((1, 1, 2)))):
        word, at = words[place], chance.randrange(len(words[place]) - 1)
        words[place] = chance.choice(
            (
                word[:at] + word[at + 1] + word[at] + word[at + 2 :],
                word[:at] + word[at + 1 :],
                word[:at] + word[at] + word[at:],
                word.translate(_WITHOUT_HAMZA).lower(),
            )
        )
    return " ".join(words)


def _squad(
    name: str,
    held: str,
    holds: Language,
    asked: str,
    asks: Language,
    embedder: Embedder,
    others: Sequence[Asked] = (),
) -> ReadingSet:
    file = read_squad(CORPUS / "eval" / held, holds)
    texts = Passages(file.paragraphs, embedder)
    questions = read_squad(CORPUS / "eval" / asked, asks).questions
    pairs = [
        Asked(question.text, own.paragraph, own.answers)
        for question, own in zip(questions, file.questions, strict=True)
    ]
    return read_set(f"{name} {asks}-{holds}", texts, [*pairs, *others], embedder)
