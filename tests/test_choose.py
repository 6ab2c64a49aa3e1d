"""Choosing sentences and deciding: what is measured of them, for any question."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from conftest import HARBOUR, HARBOUR_AR, OLIVES
from test_shortlist import random_network, random_shortlist

from assistant import Article, Assistant, Settings
from assistant.answering import choose, decide, expectation, features, versions
from assistant.answering.expectation import KINDS, asked, held
from assistant.answering.network import bundled_network
from assistant.answering.shortlist import MET, bundled_shortlist
from assistant.language import detect, normalise, sentences
from assistant.onnx_reader import UNREAD, Text, bundled_reader

QUESTIONS = [
    "Who was the captain of the trawler?",
    "من كان قبطان سفينة الصيد؟",
    "Why did the olive presses close?",
    "كم بئرا ستحفر وزارة الزراعة؟",
    "zzxqv",
    "2031",
    "the of and",
    "من في على",
    "[1] \u202eolive\u202c 👩\u200d🚀",
]
ASKED = pytest.mark.parametrize("text", QUESTIONS)
RIGHT = {
    "Who was the captain of the trawler?": "Ignacio Prada",
    "من كان قبطان سفينة الصيد؟": "Ignacio Prada",
    "Why did the olive presses close?": "كلفة الكهرباء",
    "كم بئرا ستحفر وزارة الزراعة؟": "اثنتي عشرة",
}


def random_networks() -> choose.Networks:
    return choose.Networks(random_shortlist(), random_network(len(choose.FEATURES)))


def chosen(
    assistant: Assistant, text: str, networks: choose.Networks | None
) -> list[features.Sentence]:
    retriever = assistant.retriever
    [question] = retriever.read([text], [detect(text)])
    candidates = retriever.rank(question)
    if networks is None:
        return features.measured(retriever.collection, question, candidates)
    return choose.choose(retriever.collection, question, candidates, bundled_reader(), networks)


def fitted() -> choose.Networks:
    return choose.Networks(bundled_shortlist(), bundled_network("choice"))


@ASKED
def test_every_sentence_of_the_best_passages_is_measured(small, text):
    collection = small.collection
    found = chosen(small, text, None)
    rows = {sentence.candidate.variant for sentence in found}
    assert 0 < len(rows) <= features.PASSAGES
    spans = {(s.candidate.variant, s.start, s.end) for s in found}
    assert spans == {
        (row, *span) for row in rows for span in sentences(collection.passages[row].text)
    }
    for sentence in found:
        assert len(sentence.features) == len(features.MEASURED)
        assert sentence.met.shape == (found[0].met.shape[0], len(MET))
        assert np.isfinite(sentence.features).all() and np.isfinite(sentence.met).all()
        assert sentence.language == collection.languages[sentence.candidate.variant]
        named = dict(zip(features.MEASURED, sentence.features, strict=True))
        told = [name for name in features.DIRECTIONS if named[name]]
        assert told == [f"{detect(text)}-{sentence.language}"]
        assert all(named[kind] * named[f"no_{kind}"] == 0 for kind in KINDS)


@ASKED
def test_shares_sum_to_one_and_the_best_comes_first(small, text):
    networks = random_networks()
    found = chosen(small, text, networks)
    listed = choose.listed(chosen(small, text, None), networks.shortlist)
    assert sorted((s.candidate.variant, s.start) for s in found) == sorted(
        (s.candidate.variant, s.start) for s in listed
    )
    assert all(len(s.features) == len(choose.FEATURES) for s in found)
    assert all(np.isfinite(s.features).all() for s in found)
    unread = {s.features[choose.FEATURES.index("unread")] for s in found}
    shares = sum(s.features[choose.FEATURES.index("read_share")] for s in found)
    assert len(unread) == 1
    assert shares + unread.pop() == pytest.approx(1, abs=1e-5)
    assert sum(s.share for s in found) == pytest.approx(1, abs=1e-5)
    assert all(0 <= s.share <= 1 for s in found)
    scores = [s.score for s in found]
    assert scores == sorted(scores, reverse=True)
    assert [s.share for s in found] == sorted((s.share for s in found), reverse=True)


@ASKED
def test_what_was_quoted_before_is_not_listed(small, text):
    collection = small.collection
    retriever = small.retriever
    [question] = retriever.read([text], [detect(text)])
    candidates = retriever.rank(question)
    first, *_ = chosen(small, text, random_networks())
    passage = collection.passages[first.candidate.row]
    place = (passage.article_id, passage.start + first.start, passage.start + first.end)
    rest = choose.choose(
        collection, question, candidates, bundled_reader(), random_networks(), exclude={place}
    )
    assert rest
    assert all((s.candidate.row, s.start) != (first.candidate.row, first.start) for s in rest)


@pytest.mark.parametrize("text", RIGHT)
def test_the_fitted_network_puts_the_answer_among_the_first_two(small, text):
    passages = small.collection.passages
    best = chosen(small, text, fitted())[:2]
    texts = [passages[s.candidate.variant].text[s.start : s.end] for s in best]
    assert any(RIGHT[text] in sentence for sentence in texts)


def test_an_exact_match_is_measured_as_the_best(small):
    words = "Its captain, Ignacio Prada, was rescued with six of his crew."
    found = chosen(small, words, None)
    place = features.MEASURED.index("late_raw")
    best = max(found, key=lambda sentence: sentence.features[place])
    passage = small.collection.passages[best.candidate.variant]
    assert passage.text[best.start : best.end] == words
    named = dict(zip(features.MEASURED, best.features, strict=True))
    assert named["late_behind"] == named["late_own_behind"] == 0
    assert named["coverage"] > 0.9


LIKELY = features.logit(choose.HOPELESS + 0.01)
HOPELESS = features.logit(choose.HOPELESS - 0.01)
TENTH = choose.SURE + choose.WEIGHT * np.log(0.1)
"""The log odds that are just enough where a tenth of the probability is left."""


@pytest.mark.parametrize(
    ("shares", "likely", "says", "read"),
    [
        ([0.6, 0.3, 0.05, 0.05], LIKELY, [TENTH + 0.1, -9, 0, 0], 2),
        ([0.6, 0.3, 0.05, 0.05], LIKELY, [-9, TENTH + 0.1, 0, 0], 2),
        ([0.6, 0.3, 0.05, 0.05], LIKELY, [TENTH - 0.1, -9, 0, 0], 4),
        ([0.5, 0.3, 0.1, 0.1], LIKELY, [TENTH + 0.1, -9, 0, 0], 4),
        ([0.6, 0.35, 0.03, 0.02], LIKELY, [TENTH - 0.1, -9, 0, 0], 2),
        ([0.3, 0.2, 0.15, 0.1, 0.1], LIKELY, [-4] * 5, 5),
        ([0.3, 0.2, 0.15, 0.1, 0.1], HOPELESS, [-4] * 5, 2),
        ([0.6, 0.4], LIKELY, [-4, -4], 2),
        ([1.0], LIKELY, [-4], 1),
    ],
)
def test_more_sentences_are_read_where_they_may_answer_instead(shares, likely, says, read):
    found = choose.read_as_needed(
        np.array(shares), likely, lambda part: np.array(says, dtype=np.float32)[part]
    )
    assert found.tolist() == pytest.approx(says[:read] + [UNREAD] * (len(says) - read))


def test_no_candidates_give_no_sentences(small):
    [question] = small.retriever.read(["Who?"], ["en"])
    found = choose.choose(small.collection, question, [], bundled_reader(), random_networks())
    assert found == []


@pytest.mark.parametrize(
    ("line", "sentence", "chosen_at_all"),
    [
        ("What was in the store?", "What was in the store?", False),
        ("ماذا كان في المخزن؟", "ماذا كان في المخزن؟", False),
        ("Stored there:", "Stored there:", False),
        ("س: ما الذي كان في المخزن؟ ج: قمح.", "س: ما الذي كان في المخزن؟", False),
        ("Q: What was in the store? Wheat.", "Q: What was in the store?", False),
        ("Q: What was in the store?", "Q: What was in the store?", False),
        ("س: ما الذي كان في المخزن؟", "س: ما الذي كان في المخزن؟", False),
        ("Ann Lee, mayor of Rome since 2019, said there:",
         "Ann Lee, mayor of Rome since 2019, said there:", True),
        ("He asked: “What was in the store?”", "He asked: “What was in the store?”", True),
        ("Nobody knew. What was in the store?", "What was in the store?", True),
    ],
)  # fmt: skip
def test_lines_that_only_ask_or_announce_are_not_chosen(line, sentence, chosen_at_all):
    text = f"{line}\n\nThe store held wheat and 30 pots of paint."
    found = chosen(Assistant([Article(id="a", title="", text=text)]), sentence, None)
    assert (sentence in [text[each.start : each.end] for each in found]) is chosen_at_all


@pytest.mark.parametrize("text", ["!", "\u200b", "👩\u200d🚀", "ـ", "x", "[1]"])
@pytest.mark.parametrize("question", ["Who was the captain?", "من كان القبطان؟"])
def test_articles_of_hardly_anything_are_measured(text, question):
    assistant = Assistant([Article(id="a", title="", text=text)], settings=Settings())
    found = chosen(assistant, question, random_networks())
    assert all(np.isfinite(sentence.features).all() for sentence in found)
    assert sum(sentence.share for sentence in found) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("text", ["Who was the captain?", "من كان قبطان سفينة الصيد؟"])
def test_what_a_translation_says_too_is_read_in_both_languages(text):
    def read(*articles: Article) -> dict[str, float]:
        assistant = Assistant(articles, settings=Settings())
        found = chosen(assistant, text, None)
        odds = versions.read_of(assistant.collection, found, bundled_reader(), text)
        assert odds.shape == (len(found),)
        passages = [assistant.collection.passages[each.candidate.variant] for each in found]
        said = [p.text[each.start : each.end] for p, each in zip(passages, found, strict=True)]
        return dict(zip(said, odds.tolist(), strict=True))

    english = read(HARBOUR)
    arabic = read(HARBOUR_AR.model_copy(update={"translation_of": None}))
    both = read(HARBOUR, HARBOUR_AR)
    assert len(both) == len(english) == len(arabic)
    # They align one to one, in this order.
    for pair in zip(english.items(), arabic.items(), strict=True):
        [found] = [both[said] for said, _ in pair if said in both]
        assert found == pytest.approx(np.mean([odds for _, odds in pair]), abs=2e-3)


def test_a_long_sentence_counts_as_its_best_part():
    parts = (
        "The mayor of Port Ellery opened the rebuilt market hall with a short speech to some 300 "
        "traders and neighbours on Tuesday, ",
        "in a ceremony that had been put off twice because the tiles for the roof, which came from "
        "two kilns in the hills, had not arrived in time, ",
        "and the keys were handed over by Ilse Brandt, who had led the works for eleven months.",
    )
    title, text, question = "Market", "".join(parts), "When did the mayor open the hall?"
    assert len(text) > versions.LONG
    assistant = Assistant([Article(id="a", title=title, text=text)], settings=Settings())
    reader, [whole] = bundled_reader(), chosen(assistant, question, None)
    texts = [
        Text(title, "", text),
        Text(title, "", parts[0]),
        Text(title, parts[0], parts[1]),
        Text(title, parts[0] + parts[1], parts[2]),
    ]
    scores = reader.scores(question, texts)
    assert scores.argmax() == 1
    assert versions.read_of(assistant.collection, [whole], reader, question)[0] == scores[1]
    short = replace(whole, end=versions.LONG)
    [alone] = reader.scores(question, [Text(title, "", text[: versions.LONG])])
    assert versions.read_of(assistant.collection, [short], reader, question)[0] == alone


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("Who owns the Kestova?", "Kestova: Ferry runs aground"),
        ("Who owns the ferry Kestova Stonnik?", "Kestova: Ferry runs aground"),
        ("Who owns the Kestova of Tonby?", "Kestova Tonby: Ferry runs aground"),
        ("من يملك العبارة كستوفا؟", "كستوفا: Ferry runs aground"),
        ("Does Bramley own the ship?", "Ferry runs aground"),
        ("Who bought the ship from Osk?", "Ferry runs aground"),
        ("Who owns the ship?", "Ferry runs aground"),
        ("Who owns the Gisborne?", "Ferry runs aground"),
    ],
)
def test_names_that_only_the_rest_of_the_article_holds_stand_before_the_title(question, title):
    sentence = "She now belongs to Bramley Lines."
    before = "The ship had been bought from Osk in 2011."
    text = f"The Kestova left Tonby at dawn.\n\nNobody was hurt. {before} {sentence}"
    article = Article(id="a", title="Ferry runs aground", text=text)
    lexicon = Assistant([article], settings=Settings()).collection.lexicon
    start = text.index(sentence)
    [(read, *place)] = versions.texts_at(article, start, len(text), question, lexicon)
    assert read == Text(title, before, sentence)
    assert place == [start, len(text)]


def test_names_before_no_title_stand_alone():
    text = "The Kestova left Tonby. Nobody was hurt. All went by bus."
    article = Article(id="a", title="", text=text)
    lexicon = Assistant([article], settings=Settings()).collection.lexicon
    start = text.index("All")
    asked = "How did people leave the Kestova?"
    [(read, _, _)] = versions.texts_at(article, start, len(text), asked, lexicon)
    assert read == Text("Kestova", "Nobody was hurt.", "All went by bus.")


@ASKED
@pytest.mark.parametrize("articles", [(HARBOUR,), (OLIVES,), (HARBOUR, OLIVES)], ids=len)
def test_the_decision_is_a_probability_from_finite_features(text, articles):
    assistant = Assistant(articles, settings=Settings())
    retriever = assistant.retriever
    [question] = retriever.read([text], [detect(text)])
    candidates = retriever.rank(question)
    found = choose.choose(
        assistant.collection, question, candidates, bundled_reader(), random_networks()
    )
    setting = decide.setting_of(assistant.collection, candidates)
    lacking = decide.lacking_of(assistant.collection, question, found[0].candidate.variant)
    table = np.array([sentence.features for sentence in found], dtype=np.float32)
    scores = np.array([sentence.score for sentence in found], dtype=np.float32)
    lacked = decide.sentence_lacking_of(assistant.collection, question, found[0])
    features = decide.features_of(setting, lacking, table, scores, lacked)
    assert features.shape == (len(decide.FEATURES),)
    assert np.isfinite(features).all()
    named = dict(zip(decide.FEATURES, features, strict=True))
    assert 0 <= named["lacking_sum"] <= 1 + 1e-5
    assert named["lacking_top"] <= named["lacking_sum"] + 1e-6
    assert 0 <= decide.confidence(random_network(len(decide.FEATURES)), features) <= 1


@pytest.mark.parametrize(("title", "lacks"), [("", 2), ("Marta Kowalska steps down", 0)])
def test_a_passage_lacks_no_name_that_its_title_holds(title, lacks):
    told = "She retired on 4 May, after a dispute over the dredging of the northern channel."
    made = [Article(id="a", title=title, text=told)]
    assistant = Assistant(made, settings=Settings())
    [question] = assistant.retriever.read(["When did Marta Kowalska retire?"], ["en"])
    lacking = decide.lacking_of(assistant.collection, question, row=0)
    assert lacking[4] + lacking[5] == lacks


@pytest.mark.parametrize(
    ("text", "passage", "article"),
    [
        ("When did Marta Kowalska retire?", 2, 0),
        ("When did Piotr Zielonka retire?", 2, 2),
        ("When did the minister retire?", 0, 0),
        ("متى تقاعدت مارتا كوالسكا؟", 2, 0),
        ("متى تقاعد فلاديمير زيلونكا؟", 2, 2),
    ],
)
def test_a_name_may_stand_elsewhere_in_the_article_or_nowhere(text, passage, article):
    told = (
        "Marta Kowalska ran the ministry of ports for nine years, longer than anyone before.\n\n"
        "She retired on 4 May, after a dispute over the dredging of the northern channel."
    )
    assistant = Assistant(
        [Article(id="a", title="", text=told)], settings=Settings(passage_tokens=32)
    )
    [question] = assistant.retriever.read([text], [detect(text)])
    assert len(assistant.collection.passages) == 2
    lacking = dict(
        zip(
            decide.FEATURES[decide.FEATURES.index("lacking") :],
            decide.lacking_of(assistant.collection, question, row=1),
            strict=False,
        )
    )
    assert lacking["lacking_names"] + lacking["lacking_words"] == passage
    assert lacking["article_lacks_names"] + lacking["article_lacks_words"] == article


@pytest.mark.parametrize(
    ("name", "features"),
    [
        ("choice", choose.FEATURES),
        ("decision", decide.FEATURES),
    ],
)
def test_the_fitted_networks_fit_the_features(name, features):
    network = bundled_network(name)
    assert network.mean.shape == network.spread.shape == network.direct.shape == (len(features),)
    assert network.hidden.shape == (len(features), len(network.out))
    assert (network.spread > 0).all()
    # However far off the features are, the score is finite.
    extremes = np.array([[1e9] * len(features), [-1e9] * len(features)], dtype=np.float32)
    assert np.isfinite(network.score(extremes)).all()


def test_the_bound_is_a_probability():
    assert decide.bundled_bounds().keys() == set(features.DIRECTIONS)
    assert all(0 < bound < 1 for bound in decide.bundled_bounds().values())


def test_a_network_is_what_its_plain_twin_says():
    network = random_network(4)
    row = np.array([0.5, -1.0, 2.0, 0.1], dtype=np.float32)
    scaled = [(row[i] - network.mean[i]) / network.spread[i] for i in range(4)]
    scaled = [min(max(value, -6), 6) for value in scaled]
    hidden = [
        np.tanh(sum(scaled[i] * network.hidden[i, j] for i in range(4)) + network.hidden_bias[j])
        for j in range(5)
    ]
    plain = sum(h * o for h, o in zip(hidden, network.out, strict=True)) + network.bias
    plain += sum(s * d for s, d in zip(scaled, network.direct, strict=True))
    assert network.score(row[None, :])[0] == pytest.approx(plain, abs=1e-4)


@pytest.mark.parametrize(("probability", "expected"), [(0.5, 0.0), (0.0, -13.8), (1.0, 13.8)])
def test_log_odds_stay_finite(probability, expected):
    assert features.logit(probability) == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Who led the delegation?", "person"),
        ("من قاد الوفد؟", "person"),
        ("مين قاد الوفد؟", "person"),
        ("شكون قاد الوفد؟", "person"),
        ("When did the harbour reopen?", "date"),
        ("متى أعيد فتح الميناء؟", "date"),
        ("إمتى فتح المينا؟", "date"),
        ("في أي عام بني؟", "date"),
        ("Where did they meet?", "place"),
        ("أين اجتمعوا؟", "place"),
        ("فين اجتمعوا؟", "place"),
        ("وين اجتمعوا؟", "place"),
        ("How many wells will be drilled?", "number"),
        ("How much was paid?", "number"),
        ("كم بئرا ستحفر؟", "number"),
        ("قديش كلفت؟", "number"),
        ("Why did the presses close?", "reason"),
        ("لماذا أغلقت المعاصر؟", "reason"),
        ("ليش سكّروا المعاصر؟", "reason"),
        ("How did the divers remove it?", "manner"),
        ("كيف أزاله الغواصون؟", "manner"),
        ("إزاي شالوه؟", "manner"),
    ],
)
def test_what_a_question_asks_for(question, kind):
    assert dict(zip(KINDS, asked(question, detect(question)), strict=True))[kind] == 1.0


@pytest.mark.parametrize(
    ("sentence", "language", "kind"),
    [
        ("They say that Ignacio Prada was rescued.", "en", "person"),
        ("وقال الوزير إن الميناء مفتوح.", "ar", "person"),
        ("It sank on 3 March.", "en", "date"),
        ("غرقت في 3 مارس.", "ar", "date"),
        ("They met in Rabat.", "en", "place"),
        ("اجتمعوا في مدينة الرباط.", "ar", "place"),
        ("It cost 4.2 million.", "en", "number"),
        ("كلفت أربعة ملايين و٢٠٠ ألف.", "ar", "number"),
        ("It closed because prices rose.", "en", "reason"),
        ("أغلقت لأن الأسعار ارتفعت.", "ar", "reason"),
        ("They did it by hand.", "en", "manner"),
        ("فعلوا ذلك عبر البحر.", "ar", "manner"),
    ],
)
def test_what_a_sentence_holds(sentence, language, kind):
    assert dict(zip(KINDS, held(sentence, language), strict=True))[kind] == 1.0


@pytest.mark.parametrize(
    ("question", "language"), [("the harbour", "en"), ("الميناء الكبير", "ar")]
)
def test_a_topic_asks_for_nothing(question, language):
    assert not any(asked(question, language))


@pytest.mark.parametrize("table", [expectation._ASKED, expectation._HELD], ids=["asked", "held"])
def test_arabic_patterns_are_written_as_they_are_matched(table):
    words = {word for kind in table for word in re.findall(r"[\u0600-\u06ff]+", table[kind]["ar"])}
    assert len(words) > 50
    assert {word for word in words if normalise(word) != word} == set()
