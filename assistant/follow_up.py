"""Making a follow-up question stand alone, by rule: "ومتى كان ذلك؟", "and who else?"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.answering.facts import facts
from assistant.answering.names import places
from assistant.language import Language, Word, detect, normalise, normalise_mapped, stem, words
from assistant.models import Answer
from assistant.retrieval.lexicon import Lexicon

_MOST_OWN_WORDS = 3
_MOST_CONTEXT_WORDS = 14


@dataclass(frozen=True)
class FollowUp:
    """A question that can be searched for by itself.

    Attributes:
        standalone: The question itself where it leans on nothing.
        more: It asks for more of what the last one asked for.
        subject: What it put beside or in place of what the last one asked about.
    """

    standalone: str
    more: bool = False
    subject: str = ""


def _set(text: str) -> frozenset[str]:
    return frozenset(normalise(text).split())


# What is asked for, in the order of the keys of `_ASKING`.
_QUESTION_WORDS: dict[str, frozenset[str]] = {
    "why": _set("why لماذا لم لما ليش ليه علاش لاش لويش"),
    "when": _set("when متى امتى إمتى إيمتى ايمتا وقتاش فوقاش"),
    "where": _set("where أين وين فين منين أينه"),
    "who": _set("who whom whose مين شكون من لمن لمين"),
    "how many": _set("كم قديش كام شحال أديش بكم بكام بقديش"),
    "how": _set("how كيف كيفاش ازاي إزاي شلون كيفية"),
    "which": _set("which أي أية انهي"),
    "what": _set("what ما ماذا ايش إيش شو شنو اش ايه إيه وش أشنو واش"),
}
_ASKING: dict[str, tuple[str, str]] = {
    "why": ("Why", "لماذا"),
    "when": ("When", "متى"),
    "where": ("Where", "أين"),
    "who": ("Who", "من"),
    "how many": ("How many", "كم"),
    "how": ("How", "كيف"),
    "which": ("Which", "أي"),
    "what": ("What", "ماذا"),
}
_ALL_QUESTION_WORDS = frozenset[str]().union(*_QUESTION_WORDS.values()) | _set("هل شحال many much")
_FUNCTION = _ALL_QUESTION_WORDS | _set(
    "a an the and or but so also then too ok okay well please now just again exactly of in on at "
    "to for from by with about as into than since until till is are was were be been being am do "
    "does did done has have had will would can could should may might there here i me my we "
    "us you your tell say said explain give show know happen happened happens any some "
    "not no yes if really more else "
    "other others anyone anything anybody someone something else details detail thing things "
    "و في من إلى الى على عن مع ب ل ك أو ثم قد لقد كان كانت كانوا يكون تكون تم أن إن الذي التي "
    "الذين طيب طب بس يعني كمان أيضا ايضا غير أخرى آخر آخرون آخرين أكثر المزيد تفاصيل حصل حدث جرى "
    "الآخر الأخرى الآخرون الآخرين "
    "صار وقع قل قلي أخبرني حدثني احكي احكيلي حكي حكيلي لي زيد مزيد عدد بالضبط تحديدا لو سمحت فضلك "
    "هل إذن اذا بعد شي شيء حاجة أحد حد ثاني تاني ثانية برضه كذلك دا"
)
_PRONOUNS = _set(
    "it its itself they them their theirs he him his she her hers this that these those one ones "
    "same "
    "ذلك تلك ذاك هذا هذه هؤلاء هذان هناك هنالك هاد هادا هادي هيدا هيدي هيك كده كدا كذا ده دي دول "
    "هاذا هاذي هداك نفسه نفسها نفسهم منه منها منهم عنه عنها عنهم فيه فيها فيهم له لها لهم به بها "
    "بهم معه معها معهم عليه عليها عليهم إليه إليها إليهم بينهم بينهما معاه معاها معاهم"
)
# Stand after what is somebody's: "المحامي بتاعه".
_POSSESSIVES = _set("بتاعه بتاعها بتاعهم تبعه تبعها تبعهم ديالو ديالها ديالهم")
# "With whom?" and "من إمتى؟" ask with their preposition.
_JOINED = re.compile(
    r"\b(?:to|with|by|from|for|since|until|till) (?:whom?|what|where|when|which)\b"
    r"|(?<!\w)(?:[ول]?مع|و?(?:من|الي|علي|عن|ضد|حتي|منذ|لغايه)) "
    r"(?:من|مين|ماذا|متي|امتي|ايمتي|اين|وين|فين|شو|ايه)(?!\w)"
)
_COPULAS = _set("هو هي هم هن هما")
_TITLES = _set(
    "minister ministry president judge mayor captain professor commission council party general "
    "وزير وزيرة الوزير الوزيرة رئيس رئيسة الرئيس الرئيسة"
)
_WHO_IS = re.compile(r"(?:and )?(?:who(?:'s| is| was)|و?(?:من|مين) (?:هو|هي)) ", re.IGNORECASE)
_DEFINING = _set("is are was were هو هي")
_AUXILIARIES = _set("is are was were did does do has have had will can could")
_RELATIVE = _set("was is were are did does do about after before of for on from like than and by")
_ENDINGS = ("هما", "ها", "هم", "هن", "ه")
_NO_ENDING = _set("الله وجه مياه شبه تجاه اتجاه فقه نزيه منتزه فواكه أوجه وجوه مكروه")
_MORE = re.compile(
    r"\b(?:else|others?|another|besides|more|further|continue|also)\b"
    r"|(?<!\w)(?:و?غير(?:ه|ها|هم|هما|هن|ذلك)?|كمان|ايضا|اخرين?|اخرون|اخري|الاخر(?:ون|ين|ي)?|المزيد|مزيد|زيدني|"
    r"تفاصيل|اكثر|اكتر|اكمل|كمل|ثاني|تاني|سواه|سواهم|عداه)(?!\w)"
)
_GO_ON = re.compile(
    r"\W*(?:(?:ok|okay|so|and|please|then|طيب|يلا)\W+)*"
    r"(?:go on|carry on|keep going|continue|و?(?:تابع|واصل|اكمل|كمل|كملي|استمر)|"
    r"(?:and |so )?(?:what (?:happened|happens|came|was) )?(?:then|next|after (?:that|this))|"
    r"و?(?:(?:ماذا|شو|ايه|ايش) )?(?:(?:حدث|حصل|صار|جري|كان) )?"
    r"(?:بعد (?:ذلك|هذا|كده|هيك)|بعدها|بعدين))"
    r"(?:\W+(?:please|then|من فضلك|لو سمحت|رجا))*\W*"
)
_WHO_ELSE = re.compile(
    r"^(?:and |so |but )*(?:who|whom|what|where|when|which) else\b"
    r"|^و?(?:من|مين|شكون|ماذا|شو|ايش|اين|وين|فين) (?:غيره(?:م|ا)?|كمان|ايضا)(?!\w)"
)
_PERSONS = _set("he she him her his hers هو هي")
_ABOUT = re.compile(
    r"^(?:and |so |but |ok,? |okay,? )*(?:what|how) about (.+?)[?؟.!\s]*$"
    r"|^(?:طي?ب[،,]? ?)?و?(?:ماذا|ما|شو|ايش|ايه|شنو)? ?(?:و?عن|بالنسبه ل|بخصوص) ?(.+?)[?؟.!\s]*$"
)
_CONNECTIVE = re.compile(
    r"^(?:(?:and|so|but|also|then|ok|okay|well)\b[,،]?\s*|طي?ب[،,]?\s*|بس\s+|يعني\s+|و\s+)+",
    re.IGNORECASE,
)
_LEADING_ASK = re.compile(
    r"^(?:(?:(?:to|with|by|from|for|since|until|till) )?"
    r"(?:who|whom|whose|what|which|when|where|why|how(?: (?:many|much|long|old|far|often))?)"
    r"(?:'s)?\s+|(?:(?:can|could) you )?(?:please )?tell (?:me|us) (?:about )?"
    r"|و?(?:(?:مع|من|الي|علي|عن|ضد|حتي|منذ|لغايه) )?"
    r"(?:لماذا|ليش|ليه|علاش|متي|امتي|ايمتي|اين|وين|فين|من|مين|شكون|كم|كيف|كيفاش|ازاي|ما|ماذا|"
    r"ايش|شو|شنو|اي|ايه|هل)\s+(?:(?:هو|هي|هم|هما|الذي|اللي)\s+)*)"
)


def resolve(question: str, before: str, answer: Answer, subject: str = "") -> FollowUp:
    """Make a question stand alone.

    Args:
        question: As typed.
        before: The question before it, standing alone.
        answer: The answer to that.
        subject: Of the `FollowUp` that `before` was, if it was one.
    """
    found = list(words(question))
    own = [word for word in found if not _is_function(word.text) or _is_month(question, word)]
    asked = _asked_for(found)
    if _asks_more(question, own):
        return FollowUp(_asking_again(question, before, asked), more=True)
    rest = _CONNECTIVE.sub("", question.strip())
    if _asks_who_else(question, own):
        context = _context(before, answer, without=question)
        return FollowUp(f"{rest} {context}".strip(), more=True)
    if (named := _what_about(question, found, own)) is not None:
        return FollowUp(_instead(named, before, answer, subject), subject=named)
    if not _leans(question, found, own):
        return FollowUp(question)
    persons = _about_a_person(question, found)
    if not own and not (persons and _repeats(found, asked, before)):
        return FollowUp(_asking_again(question, before, asked))
    whom = _whom(question, before, answer) if persons else []
    about = [rest, *whom, _context(before, answer, without=question)]
    return FollowUp(" ".join(filter(None, about)))


def _about_a_person(question: str, found: list[Word]) -> bool:
    return any(
        word.text in _PERSONS or _has_ending(question[word.start : word.end], word.text)
        for word in found
    )


def _repeats(found: list[Word], asked: str | None, before: str) -> bool:
    """Whether the question before, asked again, would lose what this one says of somebody.

    "Who is he?", "What did she say?", "Did he explain it?": of whom the one before was about.
    """
    last = found[-1].text
    alike = asked in (None, "what", _asked_for(list(words(before))))
    return alike or (asked == "who" and last in _PERSONS)


def _instead(named: str, before: str, answer: Answer, subject: str) -> str:
    """The question before about something else.

    In place of what the last "what about" named, or of the one name; else beside what it was about.
    """
    if subject and subject in before:
        return before.replace(subject, named)
    if all(word[0].isupper() for word in named.split()):
        runs = [run for run in _names(before) if detect(before) == detect(named) == "en"]
        if len(runs) == 1 and _is_place(before, runs[0]) == _is_place(named, [*words(named)]):
            return before[: runs[0][0].start] + named + before[runs[0][-1].end :]
    return f"{named} {_context(before, answer, without=named)}".strip()


def _is_place(text: str, name: list[Word]) -> bool:
    return normalise(text[name[0].start : name[-1].end]) in places()


def _whom(question: str, before: str, answer: Answer) -> list[str]:
    """The name that an answer to "who?" gave: "How old is she?" is about it."""
    if not answer.citations or _asked_for(list(words(before))) != "who":
        return []
    said = answer.citations[0].translation or answer.citations[0].quote
    is_named = _WHO_IS.match(before)
    told = [before[row[0].start : row[-1].end] for row in _names(before)]
    if detect(said) != detect(before) or (
        is_named and before[is_named.end() :].rstrip("?؟ ") in told
    ):
        return []
    known = {word.text for word in words(f"{before} {question}")} | places()
    asked = {stem(word.text) for word in words(before) if not _is_function(word.text)}
    answering = [word for word in words(said) if stem(word.text) in asked]

    def unlikely(row: list[Word]) -> tuple[bool, int]:
        gaps = (max(row[0].start - word.end, word.start - row[-1].end) for word in answering)
        return len(row) == 1, min(gaps, default=-len(row))

    rows = [[word for word in row if word.text not in known] for row in _names(said)]
    name = min(filter(_untitled, rows), key=unlikely, default=[])
    return [said[word.start : word.end] for word in _untitled(name)]


def _untitled(name: list[Word]) -> list[Word]:
    titles = [place for place, word in enumerate(name, 1) if word.text in _TITLES]
    return name[max(titles, default=0) :]


def _names(text: str) -> list[list[Word]]:
    """The names of a text, each as the words that stand side by side."""
    rows: list[list[Word]] = []
    for word in facts(text, Lexicon.bundled()).names:
        if rows and word.start - rows[-1][-1].end <= 1:
            rows[-1].append(word)
        else:
            rows.append([word])
    return rows


def _is_function(word: str) -> bool:
    bare = word[1:] if word[0] == "و" and len(word) > 2 else word
    known = _FUNCTION | _PRONOUNS | _POSSESSIVES | _COPULAS
    return word in known or bare in known


def _is_month(question: str, word: Word) -> bool:
    """Whether May is a month: with a capital that doesn't begin the question."""
    return word.text == "may" and word.start > 0 and question[word.start].isupper()


def _asked_for(found: list[Word]) -> str | None:
    """The kind of thing that the question asks for, by its first question word."""
    texts = [word.text for word in found]
    for text, following in zip(texts, [*texts[1:], ""], strict=True):
        # "من فضلك" asks for nobody, nor does "من متى".
        if following == "فضلك" or (text == "من" and following in _ALL_QUESTION_WORDS):
            continue
        if text == "how" and following in ("many", "much"):
            return "how many"
        for kind, known in _QUESTION_WORDS.items():
            if text in known or (text[0] == "و" and text[1:] in known):
                return kind
    return None


def _asks_more(question: str, own: list[Word]) -> bool:
    folded = normalise(question)
    rest = [w for w in own if not _MORE.fullmatch(w.text)]
    return _GO_ON.fullmatch(folded) is not None or (not rest and _MORE.search(folded) is not None)


def _asks_who_else(question: str, own: list[Word]) -> bool:
    """Whether "who else" goes on with few words, none of them a name."""
    named = any(question[word.start].isupper() for word in own)
    short = len(own) <= _MOST_OWN_WORDS and not named
    return short and _WHO_ELSE.match(normalise(question.strip())) is not None


def _what_about(question: str, found: list[Word], own: list[Word]) -> str | None:
    """The X of "what about X?", "وماذا عن X؟" and "وX؟"."""
    if not own or len(own) > _MOST_OWN_WORDS + 1:
        return None
    start, end = own[0].start, own[-1].end
    named = question[start:end]
    if _ABOUT.match(normalise(question.strip())):
        return named
    lead = question[: own[0].start]
    bare = all(_is_function(w.text) for w in words(lead)) and not _asked_for(found)
    if bare and len(own) <= 2 and (_goes_on(question, found) or own[0].text[0] == "و"):
        # Its و may be "and" or its own, as in وزارة: search finds either by its spelling.
        return named
    return None


def _leans(question: str, found: list[Word], own: list[Word]) -> bool:
    """Whether a question needs the one before it to be understood."""
    if not own:
        return True
    if len(own) > _MOST_OWN_WORDS + 1:
        return False
    if any(_is_pronoun(question, found, n) for n in range(len(found))):
        return True
    # "كم كلفت؟": an Arabic verb carries its "it" unseen.
    [first, *others] = own
    unseen = not first.text[0].isascii() and not first.text.startswith("ال")
    asked = _asked_for(found)
    if not others and unseen and asked not in (None, "who"):
        return True
    if not others and asked and _is_bare(question, found, first):
        return True
    return (
        _goes_on(question, found)
        and len(own) <= _MOST_OWN_WORDS
        and not _is_whole(question, found, own)
    )


def _is_bare(question: str, found: list[Word], own: Word) -> bool:
    """Whether a question says too little to stand alone: "How long?", "Since when?"."""
    defines = any(word.text in _DEFINING for word in found)
    named = question[own.start].isupper() and own.start > 0
    return not (named or defines)


def _is_whole(question: str, found: list[Word], own: list[Word]) -> bool:
    """Whether what begins with "and" says all by itself: "And who leads the PDU?"."""
    texts = [word.text for word in found]
    if len(texts) > 2 and texts[1] in _COPULAS:
        return texts[0].removeprefix("و") in _QUESTION_WORDS["who"]
    named = any(question[word.start].isupper() and word.start > 0 for word in own)
    clause = not _AUXILIARIES.isdisjoint(texts) or (_asked_for(found) == "who" and len(own) > 1)
    return named and clause


def _goes_on(question: str, found: list[Word]) -> bool:
    """Whether it begins with "and", which Arabic writes as part of the word: "وفي", "ومتى"."""
    first = found[0].text
    joined = first[0] == "و" and first[1:] in _FUNCTION and first not in _FUNCTION
    return joined or _CONNECTIVE.match(question.strip()) is not None


def _is_pronoun(question: str, found: list[Word], at: int) -> bool:
    word = found[at].text
    before = found[at - 1].text if at else ""
    if _antecedent(question, found[: at - (word in _POSSESSIVES)]):
        return False
    if word in _COPULAS:
        # "من هو كوخافي؟" asks about the name that follows; "من هو؟" does not.
        return at == len(found) - 1 or before.removeprefix("و") not in _ALL_QUESTION_WORDS
    if word == "that":
        return at == len(found) - 1 or before in _RELATIVE
    if word in ("one", "same"):
        return at == len(found) - 1
    if word in _PRONOUNS | _POSSESSIVES or (word[0] == "و" and word[1:] in _PRONOUNS):
        return True
    return _has_ending(question[found[at].start : found[at].end], word)


def _antecedent(question: str, before: list[Word]) -> bool:
    """Whether something that a pronoun may stand for comes before it in the question."""
    own = [word for word in before if not _is_function(word.text)]
    for number, word in enumerate(own):
        if word.text[0].isascii():
            if question[word.start].isupper() and word.start > 0:
                return True
        # The first is the verb, or whose it is: "أين تعيش ابنته؟", "ما رأي زوجته؟".
        elif (number or word.text.startswith("ال")) and not _has_ending(
            question[word.start : word.end], word.text
        ):
            return True
    return False


def _has_ending(written: str, word: str) -> bool:
    """Whether an Arabic word ends in a pronoun; ة at the end is none."""
    if word[0].isascii() or word in _NO_ENDING or word.startswith("ال") or len(word) < 4:
        return False
    return written[-1] not in "ةۃء" and word.endswith(_ENDINGS)


def _asking_again(question: str, before: str, asked: str | None) -> str:
    """The question before, asking for something else: who -> when."""
    language: Language = detect(before)
    joined = _JOINED.search(normalise(question))
    again = asked is None or asked == _asked_for(list(words(before))) or asked == "what"
    if again and not joined:
        return before
    folded, origin = normalise_mapped(before)
    lead = _LEADING_ASK.match(folded)
    rest = before[origin[lead.end()] :] if lead else before
    if language == "en" and rest[:1].isupper() and rest.split(" ")[0].lower() in _RELATIVE:
        rest = rest[0].lower() + rest[1:]
    if joined and detect(question) == language:
        return f"{_CONNECTIVE.sub('', question.strip()).removeprefix('و').rstrip('?؟ ')} {rest}"
    return f"{_ASKING[asked or 'what'][language == 'ar']} {rest}".strip()


def _context(before: str, answer: Answer, without: str) -> str:
    """What the turn before was about: its names, or its words where it names nothing."""
    known = {word.text for word in words(without)}
    about = [w for w in words(before) if not _is_function(w.text) and w.text not in known]
    first = {word.start for row in _names(before) for word in row}
    named = [w for w in about if before[w.start].isupper() and w.start in first]
    kept = (named or about)[:_MOST_CONTEXT_WORDS]
    text, end = "", -1
    for word in kept:
        # "06:48" and "Haddon-Reyes" are two words each, and stay together.
        apart = end < 0 or re.search(r"\s", before[end : word.start] or " ")
        text += f" {before[word.start : word.end]}" if apart else before[end : word.end]
        end = word.end
    if not text and answer.citations:
        text = answer.citations[0].article.title
    return text.strip()
