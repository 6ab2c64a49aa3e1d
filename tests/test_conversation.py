"""Follow-up questions stand alone before they are searched for; full ones stay as they are."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from assistant.answering.answerer import Search
from assistant.conversation import MOST_TURNS, Conversation, Place
from assistant.errors import QuestionError
from assistant.language import detect
from assistant.models import Answer, ArticleInfo, Citation, Passage

AR = "من التقى كوخافي في المغرب؟"
EN = "Who did Kochavi meet in Morocco?"


@dataclass
class Recorder:
    """Answers anything but `refused` with one citation, and keeps what it was asked."""

    asked: list[tuple[str, str | None, frozenset[Place]]] = field(default_factory=list)
    refused: Collection[str] = ()
    otherwise: list[Sequence[Search]] = field(default_factory=list)

    def ask(
        self,
        question: str,
        *,
        standalone: str | None = None,
        exclude: Collection[Place] = (),
        otherwise: Sequence[Search] = (),
    ) -> Answer:
        if not question.strip():
            raise QuestionError("The question is empty.", "Ask something.")
        self.asked.append((question, standalone, frozenset(exclude)))
        self.otherwise.append(otherwise)
        at = 10 * len(self.asked)
        info = ArticleInfo(id="visit", title="A visit", language="ar")
        passage = Passage(id="p", article_id="visit", text="x" * 400, start=0, end=400)
        citation = Citation(
            number=1, article=info, passage=passage, quote="x" * 5, start=at, end=at + 5
        )
        return Answer(
            question=question,
            language=detect(question),
            text="x [1]",
            citations=() if question in self.refused else (citation,),
            found=question not in self.refused,
            confidence=0.9,
        )

    async def aask(
        self,
        question: str,
        *,
        standalone: str | None = None,
        exclude: Collection[Place] = (),
        otherwise: Sequence[Search] = (),
    ) -> Answer:
        return self.ask(question, standalone=standalone, exclude=exclude, otherwise=otherwise)

    def stream(
        self,
        question: str,
        *,
        standalone: str | None = None,
        exclude: Collection[Place] = (),
        otherwise: Sequence[Search] = (),
    ) -> Iterator[str | Answer]:
        answer = self.ask(question, standalone=standalone, exclude=exclude, otherwise=otherwise)
        yield answer.text
        yield answer


def standalone(first: str, then: str) -> str:
    recorder = Recorder()
    chat = Conversation(recorder)
    chat.ask(first)
    answer = chat.ask(then)
    assert answer.question == then
    resolved = recorder.asked[1][1]
    assert resolved is not None
    return resolved


@pytest.mark.parametrize("first", [AR, EN])
@pytest.mark.parametrize(
    ("then", "asks"),
    [
        ("ومتى كان ذلك؟", "When|متى"),
        ("وإمتى؟", "When|متى"),
        ("when was that?", "When|متى"),
        ("why?", "Why|لماذا"),
        ("ليش؟", "Why|لماذا"),
        ("وأين؟", "Where|أين"),
        ("where?", "Where|أين"),
    ],
)
def test_a_bare_question_word_asks_about_the_turn_before(first: str, then: str, asks: str) -> None:
    resolved = standalone(first, then)
    assert re.match(asks, resolved)
    assert {"Kochavi", "كوخافي"} & set(resolved.replace("?", "").split())
    assert not resolved.startswith(("Who", "من"))


@pytest.mark.parametrize("first", [AR, EN])
@pytest.mark.parametrize(
    ("then", "keeps"),
    [
        ("what about Iran?", "Iran"),
        ("And Iran?", "Iran"),
        ("وماذا عن إيران؟", "إيران"),
        ("طيب وإيران؟", "إيران"),
        ("When did he leave?", "leave"),
        ("متى زارها؟", "زارها"),
        ("كم كلفت؟", "كلفت"),
        ("who signed it?", "signed"),
        ("وفي 2011؟", "2011"),
        ("and in 2011?", "2011"),
        ("And in May?", "May"),
    ],
)
def test_a_question_with_few_words_of_its_own_takes_the_names_before(
    first: str, then: str, keeps: str
) -> None:
    resolved = standalone(first, then)
    assert keeps in resolved
    assert "Kochavi" in resolved or "كوخافي" in resolved


@pytest.mark.parametrize("first", [AR, EN])
@pytest.mark.parametrize(
    "then",
    [
        "Why did Morocco cut its diplomatic ties with Iran?",
        "لماذا قطع المغرب علاقاته مع إيران؟",
        "Which countries did President Biden travel to?",
        "ما هي الدول التي زارها بايدن في رحلته؟",
        "هل هذه أول زيارة رسمية لرئيس أركان الجيش الإسرائيلي للمغرب؟",
        "من هو بيني غانتس؟",
        "Who is Benny Gantz?",
        "What did Kochavi say about his visit?",
    ],
)
def test_a_full_question_stays_as_it_is(first: str, then: str) -> None:
    assert standalone(first, then) == then


@pytest.mark.parametrize("first", [AR, EN])
@pytest.mark.parametrize(
    "then",
    [
        "and who else?", "ومن غيره؟", "ومين كمان؟", "tell me more", "go on", "Please keep going!",
        "حكي لي أكثر", "تابع", "واصِل من فضلك",
    ],
)  # fmt: skip
def test_more_of_the_same_leaves_out_what_was_quoted(first: str, then: str) -> None:
    recorder = Recorder()
    chat = Conversation(recorder)
    chat.ask("Where is Rabat?")
    chat.ask(first)
    chat.ask(then)
    assert recorder.asked[2][1] == first
    assert recorder.asked[2][2] == {("visit", 20, 25)}
    chat.ask(then)
    assert recorder.asked[3][2] == {("visit", 20, 25), ("visit", 30, 35)}
    chat.ask(AR)
    assert recorder.asked[4][2] == frozenset()


@pytest.mark.parametrize("then", ["ومتى كان ذلك؟", "and who else?", "what about Iran?"])
def test_a_first_question_leans_on_nothing(then: str) -> None:
    recorder = Recorder()
    Conversation(recorder).ask(then)
    assert recorder.asked == [(then, then, frozenset())]


def test_a_chain_of_follow_ups_keeps_the_subject() -> None:
    recorder = Recorder()
    chat = Conversation(recorder)
    for question in (EN, "ومتى كان ذلك؟", "why?", "وأين؟"):
        chat.ask(question)
    assert [asked[1] for asked in recorder.asked[1:]] == [
        "When did Kochavi meet in Morocco?",
        "Why did Kochavi meet in Morocco?",
        "Where did Kochavi meet in Morocco?",
    ]


def test_words_before_keep_their_last_hamza_and_their_question_word_goes() -> None:
    assert standalone("كم كلف بناء السد؟", "ومتى؟") == "متى كلف بناء السد؟"
    assert standalone("كم كلف السد؟", "ماذا عن الماء؟").startswith("الماء ")


@pytest.mark.parametrize(
    ("first", "quote", "then", "name"),
    [
        ("Who scored the winning goal?", "In Doha on Tuesday Salma Trabelsi scored.",
         "How old is she?", "How old is she? Salma Trabelsi scored winning goal"),
        ("من سجل هدف الفوز؟", "سجلت سلمى الطرابلسي الهدف.", "كم عمرها؟", "الطرابلسي"),
    ],
)  # fmt: skip
def test_a_pronoun_stands_for_whom_the_answer_named(first, quote, then, name) -> None:
    answer = Recorder().ask(first)
    said = answer.citations[0].model_copy(update={"quote": quote})
    answer = answer.model_copy(update={"citations": (said,)})
    recorder = Recorder()
    Conversation(recorder, turns=[answer]).ask(then)
    assert name in (recorder.asked[0][1] or "")


@pytest.mark.parametrize(
    "then", ["who said that?", "And who told you?", "من قال ذلك؟", "مين قال هيك؟"]
)
def test_who_said_so_asks_about_the_quote(then: str) -> None:
    resolved = standalone(EN, then)
    assert resolved.endswith("xxxxx")
    assert "Kochavi" not in resolved


@pytest.mark.parametrize("then", ["tell me who", "who said that about Iran?"])
def test_who_else_is_asked_for_is_no_speaker(then: str) -> None:
    assert "xxxxx" not in standalone("When did Kochavi land?", then)


def test_please_is_no_question_word() -> None:
    before = "متى افتتح الجسر القديم؟"
    assert standalone(before, "واصِل من فضلك") == standalone(before, "المزيد من فضلك") == before


@pytest.mark.parametrize(
    ("first", "then", "expected"),
    [
        (
            "How many seats did the PDU win?",
            "What about the SLP?",
            "How many seats did the SLP win?",
        ),
        ("What did Marek Dolny demand?", "And Piet Aldous?", "What did Piet Aldous demand?"),
        ("Who is Viktor Hahn?", "What did he say?", "What did he say? Viktor Hahn"),
        ("What happened to Rashid Salum?", "Who is he?", "Who is he? Rashid Salum"),
        ("What happened to Rashid Salum?", "Did she say so?", "Did she say so? Rashid Salum"),
        ("Who leads the SLP?", "And who leads the GRL?", "And who leads the GRL?"),
        ("من استقبل الوزير؟", "ومن هي صوفيا برانت؟", "ومن هي صوفيا برانت؟"),
        ("ماذا حدث للقبطان؟", "أين تعيش ابنته؟", "أين تعيش ابنته؟ للقبطان"),
        ("ماذا حدث للقبطان؟", "ما رأي زوجته؟", "ما رأي زوجته؟ للقبطان"),
        ("ماذا حدث للقبطان؟", "شو قال المحامي بتاعه؟", "شو قال المحامي بتاعه؟ للقبطان"),
        ("Who opened the old bridge?", "By whom?", "By whom opened the old bridge?"),
        ("متى بدأ الإضراب؟", "ومع مين؟", "مع مين بدأ الإضراب؟"),
        ("متى بدأ الإضراب؟", "من إمتى؟", "من إمتى بدأ الإضراب؟"),
        ("متى بدأ الإضراب؟", "كم المدة؟", "كم المدة؟ بدأ الإضراب"),
        ("When does the sale start?", "Until when?", "Until when does the sale start?"),
        ("When does the sale start?", "How long?", "How long? sale start"),
        ("What happened at 06:48?", "How many died?", "How many died? 06:48"),
        ("How many goals did Salah score?", "And in December?", "December Salah"),
        ("How many goals did Salah score?", "And in England?", "England Salah"),
        ("How many were arrested in Leeds?", "And Tommy Robinson?", "Tommy Robinson Leeds"),
        ("How many were arrested in Paris?", "And in London?", "How many were arrested in London?"),
        (EN, "مين بوتين؟", "مين بوتين؟"),
        (EN, "what happened in gaza?", "what happened in gaza?"),
        (EN, "Where can I vote?", "Where can I vote?"),
        ("What did Lebanon say?", "And what did Israel say?", "what did Israel say? Lebanon"),
    ],
)
def test_what_a_follow_up_stands_for(first: str, then: str, expected: str) -> None:
    assert standalone(first, then) == expected


@pytest.mark.parametrize(
    "questions",
    [
        ("How much will cars pay?", "And vans?", "What about lorries?"),
        ("كم سعر اليورو؟", "والريال؟", "طب والدينار؟"),
        ("How have wheat prices changed?", "What about rice?", "And oil?"),
        ("How much did Iranian exports fall?", "And Iran?", "And Syria?"),
    ],
)
def test_what_is_asked_about_next_takes_the_place_of_the_last(questions: tuple[str, ...]) -> None:
    recorder = Recorder()
    chat = Conversation(recorder)
    for question in questions:
        chat.ask(question)
    second, third = ((asked[1] or "").split() for asked in recorder.asked[1:])
    old, new = (question.rstrip("?؟").split()[-1] for question in questions[1:])
    assert third == [new if word == old else word for word in second]


@pytest.mark.parametrize(
    ("first", "quote", "name"),
    [
        ("Whom did she defeat?", "Anna Lind kept Holm, defeating Interior Minister Karl Solheim.",
         "Karl Solheim"),
        ("And who leads the GRL?", "The GRL is led by Anna Lind.", "Anna Lind"),
        ("Who is Samir Haddad?", "Samir Haddad was born in Shefa Amr.", "Samir Haddad"),
    ],
)  # fmt: skip
def test_a_pronoun_stands_for_one_name_without_its_title(first, quote, name) -> None:
    answer = Recorder().ask(first)
    said = answer.citations[0].model_copy(update={"quote": quote})
    recorder = Recorder()
    past = answer.model_copy(update={"citations": (said,)})
    Conversation(recorder, turns=[past]).ask("And where did he live?")
    resolved = recorder.asked[0][1] or ""
    assert resolved.startswith(f"where did he live? {name}")
    assert not {"Minister", "Interior", "Shefa"} & set(resolved.split())


def test_a_report_that_an_article_speaks_of_is_not_the_article() -> None:
    for first in ("Who wrote the report on poverty?", "من كتب تقرير غولدستون؟"):
        assert "article" not in standalone(first, "When was it published?")


@pytest.mark.parametrize(
    ("then", "first", "second"),
    [
        ("did he sign it?", "did he sign it? Kochavi meet Morocco", f"{EN} did he sign it?"),
        ("When was that?", "When did Kochavi meet in Morocco?", f"{EN} When was that?"),
        # It may stand alone.
        ("maximum compensation?", "maximum compensation?", "maximum compensation? Kochavi meet "
         "Morocco"),
    ],
)  # fmt: skip
def test_what_finds_nothing_is_asked_again_with_the_question_before(then, first, second) -> None:
    recorder = Recorder()
    chat = Conversation(recorder)
    chat.ask(EN)
    chat.ask(then)
    assert recorder.asked[1][1] == first
    quoted = frozenset({("visit", 10, 15)})
    third = [] if then == "When was that?" else [Search(then, within="visit")]
    assert recorder.otherwise[1] == [Search(second, quoted), *third]
    list(chat.stream("did he?"))
    assert recorder.otherwise[2]


@pytest.mark.parametrize("then", ["Who won the World Cup in Qatar?", "What does Israel say?"])
def test_what_names_something_is_not_asked_again(then) -> None:
    recorder = Recorder()
    chat = Conversation(recorder)
    chat.ask(EN)
    chat.ask(then)
    assert recorder.asked[1][1] == then
    assert not recorder.otherwise[1]


@pytest.mark.parametrize(
    "then",
    [
        "كيف رد على الانتقادات؟",
        "شو قال عن الزيارة؟",
        "وشو رح يوقعوا؟",
        "وأي وفد استقبلت الرباط بعده؟",
        "والشركة شو ردت؟",
        "what does a meal cost there?",
        "when was the last one held?",
        "and the US?",
    ],
)
def test_what_says_too_little_takes_the_words_before(then) -> None:
    resolved = standalone(EN, then)
    assert "Kochavi" in resolved
    assert "Morocco" in resolved


@pytest.mark.parametrize("then", ["And then?", "what happened next?", "وبعد ذلك؟", "وبعدين؟"])
def test_what_came_next_asks_for_more(then: str) -> None:
    recorder = Recorder()
    chat = Conversation(recorder)
    chat.ask(EN)
    chat.ask(then)
    assert recorder.asked[1][1:] == (EN, frozenset({("visit", 10, 15)}))


@pytest.mark.parametrize("then", ["who else scored?", "ومين كمان سجل؟"])
def test_who_else_did_so_asks_for_more(then: str) -> None:
    recorder = Recorder()
    chat = Conversation(recorder)
    chat.ask(EN)
    chat.ask(then)
    _, resolved, excluded = recorder.asked[1]
    assert "Kochavi" in (resolved or "")
    assert excluded == {("visit", 10, 15)}


def test_turns_are_bounded_and_a_refused_question_leaves_none() -> None:
    chat = Conversation(Recorder())
    with pytest.raises(QuestionError):
        chat.ask(" ")
    assert chat.turns == ()
    for n in range(MOST_TURNS + 5):
        chat.ask(f"Who wrote novel number {n} of the series?")
    assert len(chat.turns) == MOST_TURNS
    assert chat.turns[0].question == "Who wrote novel number 5 of the series?"


def test_a_conversation_goes_on_from_its_past() -> None:
    recorder = Recorder()
    past = Conversation(recorder)
    past.ask(EN)
    past.ask("and who else?")
    chat = Conversation(recorder, turns=past.turns)
    assert chat.turns == past.turns
    chat.ask("and who else?")
    assert recorder.asked[2][1:] == (EN, frozenset({("visit", 10, 15), ("visit", 20, 25)}))


async def test_every_way_of_asking_resolves_alike() -> None:
    recorder = Recorder()
    chat = Conversation(recorder)
    chat.ask(EN)
    chat.ask("when was that?")
    await chat.aask("when was that?")
    *pieces, last = chat.stream("when was that?")
    assert pieces == ["x [1]"]
    assert isinstance(last, Answer)
    assert len({asked[1] for asked in recorder.asked[1:]}) == 1
    assert len(chat.turns) == 4


def test_a_stream_left_early_leaves_no_turn() -> None:
    chat = Conversation(Recorder())
    events = chat.stream(EN)
    next(events)
    events.close()  # type: ignore[attr-defined]
    assert chat.turns == ()


def test_a_rewriter_is_asked_only_about_follow_ups_and_may_decline() -> None:
    seen: list[str] = []

    def rewrite(question: str, turns: object) -> str | None:
        seen.append(question)
        return "When did Kochavi meet Loudiyi?" if "when" in question else None

    recorder = Recorder()
    chat = Conversation(recorder, rewrite=rewrite)
    for question in (EN, "Why did Morocco cut its ties with Iran?", "when was that?", "why?"):
        chat.ask(question)
    assert seen == ["when was that?", "why?"]
    assert recorder.asked[2][1] == "When did Kochavi meet Loudiyi?"
    assert recorder.asked[3][1] == "Why did Kochavi meet Loudiyi?"


@pytest.mark.parametrize(
    ("first", "thanks", "then"),
    [(AR, "شكرا", "ومتى كان ذلك؟"), (EN, "Thank you!", "and when was that?")],
)
def test_thanks_between_are_no_subject(first: str, thanks: str, then: str) -> None:
    polite, plain = Recorder(), Recorder()
    for recorder, questions in ((polite, (first, thanks, then)), (plain, (first, then))):
        conversation = Conversation(recorder)
        for question in questions:
            conversation.ask(question)
    assert polite.asked[1] == (thanks, thanks, frozenset())
    assert polite.asked[2][1] == plain.asked[1][1]


@pytest.mark.parametrize(
    ("first", "refused", "then", "names"),
    [
        (EN, "what about Iran?", "and Egypt?", {"Kochavi", "Egypt"}),
        (AR, "وماذا عن إيران؟", "ومصر؟", {"كوخافي", "ومصر"}),
        (EN, "How old is Messi?", "and where was he born?", {"Messi", "born"}),
    ],
)
def test_what_leaned_and_found_nothing_is_no_subject(
    first: str, refused: str, then: str, names: set[str]
) -> None:
    recorder = Recorder(refused=[refused])
    chat = Conversation(recorder)
    for question in (first, refused, then):
        chat.ask(question)
    resolved = recorder.asked[2][1] or ""
    assert names <= set(re.findall(r"\w+", resolved))
    assert not {"Iran", "إيران"} & set(re.findall(r"\w+", resolved))
