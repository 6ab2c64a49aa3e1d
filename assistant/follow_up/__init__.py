"""Making a follow-up question stand alone, by rule: "ومتى كان ذلك؟", "and who else?"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.follow_up.asking import (
    ALL_QUESTION_WORDS,
    ASKING,
    COPULAS,
    FUNCTION,
    POSSESSIVES,
    PRONOUNS,
    QUESTION_WORDS,
    asked_for,
    is_function,
    set_of,
)
from assistant.follow_up.subject import context, instead, names, whom
from assistant.language import Language, Word, detect, normalise, normalise_mapped, words
from assistant.models import Answer

_MOST_OWN_WORDS = 3


@dataclass(frozen=True)
class FollowUp:
    """A question that can be searched for by itself.

    Attributes:
        standalone: The question itself where it leans on nothing.
        more: It asks for more of what the last one asked for.
        subject: What it put beside or in place of what the last one asked about.
        otherwise: What to search for where that finds nothing; or nothing.
        telling: Whether it says something of its own: "and when?" does not.
    """

    standalone: str
    more: bool = False
    subject: str = ""
    otherwise: str = ""
    telling: bool = True


# "With whom?" and "من إمتى؟" ask with their preposition.
_JOINED = re.compile(
    r"\b(?:to|with|by|from|for|since|until|till) (?:whom?|what|where|when|which)\b"
    r"|(?<!\w)(?:[ول]?مع|و?(?:من|الي|علي|عن|ضد|حتي|منذ|لغايه)) "
    r"(?:من|مين|ماذا|متي|امتي|ايمتي|اين|وين|فين|شو|ايه)(?!\w)"
)
_DEFINING = set_of("is are was were هو هي")
_CLAUSE = _DEFINING | set_of("did do does can could should will would happen happens happened")
_AUXILIARIES = set_of("is are was were did does do has have had will can could")
_RELATIVE = set_of("was is were are did does do about after before of for on from like than and by")
_SUCH = set_of("last first next new old other previous")
_ENDINGS = ("هما", "ها", "هم", "هن", "ه")
_NO_ENDING = set_of("الله وجه مياه شبه تجاه اتجاه فقه نزيه منتزه فواكه أوجه وجوه مكروه")
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
_PREPOSITIONS = set_of("في من إلى على عن مع")
_OWN_AND = ("والي", "والد")
_PERSONS = set_of("he she him her his hers هو هي")
_ABOUT = re.compile(
    r"^(?:and |so |but |ok,? |okay,? )*(?:what|how) about (.+?)[?؟.!\s]*$"
    r"|^(?:طي?ب[،,]? ?)?و?(?:ماذا|ما|شو|ايش|ايه|شنو)? ?(?:و?عن|بالنسبه ل|بخصوص) ?(.+?)[?؟.!\s]*$"
)
_CONNECTIVE = re.compile(
    r"^(?:(?:and|so|but|also|then|ok|okay|well)\b[,،]?\s*|طيب[،,]?\s*|طب(?:[،,]\s*|\s+(?=و))|بس\s+|يعني\s+|و\s+)+",
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
    own = [word for word in found if not is_function(word.text) or _is_name(question, word)]
    asked = asked_for(found)
    if _asks_more(question, own):
        return FollowUp(_asking_again(question, before, asked), more=True)
    rest = _CONNECTIVE.sub("", question.strip())
    if _asks_who_else(question, own):
        return FollowUp(f"{rest} {context(before, answer, question)}".strip(), more=True)
    if (named := _what_about(question, found, own)) is not None:
        other = instead(question, named, before, answer, subject)
        return FollowUp(other, subject=named, otherwise=f"{before} {rest}")
    about = context(before, answer, without=question)
    if not _leans(question, found, own):
        short = len(own) <= _MOST_OWN_WORDS + 1 and not _names_something(question, own)
        return FollowUp(question, otherwise=f"{rest} {about}" if short else "")
    persons = _about_a_person(question, found)
    both = f"{before} {rest}"
    if not own and not (persons and _repeats(found, asked, before)):
        again = _asking_again(question, before, asked)
        return FollowUp(again, otherwise=both, telling=False)
    name = whom(question, before, answer) if persons else []
    standalone = " ".join(filter(None, [rest, *name, about]))
    return FollowUp(standalone, otherwise=both, telling=bool(own))


def _names_something(question: str, own: list[Word]) -> bool:
    capital = any(question[word.start].isupper() and word.start > 0 for word in own)
    return capital or bool(names(question))


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
    alike = asked in (None, "what", asked_for(list(words(before))))
    return alike or (asked == "who" and last in _PERSONS)


def _is_name(question: str, word: Word) -> bool:
    """Whether a small word is a name: "May", or "US", after the question's beginning."""
    typed = question[word.start : word.end]
    capitals = typed.isupper() and len(typed) > 1 and not question.isupper()
    return word.start > 0 and (capitals or typed == "May")


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
    bare = all(is_function(w.text) for w in words(lead)) and not asked_for(found)
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
    asked = asked_for(found)
    alone = asked and not others
    if alone and ((unseen and asked != "who") or _is_bare(question, found, first)):
        return True
    told = asked in (None, "who", "how many") or len(own) > _MOST_OWN_WORDS
    if unseen and not told and _has_no_subject(found, first):
        return True
    return (
        _goes_on(question, found)
        and len(own) <= _MOST_OWN_WORDS
        and not _is_whole(question, found, own)
    )


def _has_no_subject(found: list[Word], verb: Word) -> bool:
    """Whether a preposition follows what an Arabic question asks with: "كيف رد على النقد؟"."""
    at = found.index(verb)
    following = found[at + 1 : at + 2]
    return at > 0 and any(word.text in _PREPOSITIONS for word in following)


def _is_bare(question: str, found: list[Word], own: Word) -> bool:
    """Whether a question says too little to stand alone: "How long?", "كم المدة؟"."""
    return not _names_something(question, [own]) and _CLAUSE.isdisjoint(word.text for word in found)


def _is_whole(question: str, found: list[Word], own: list[Word]) -> bool:
    """Whether what begins with "and" says all by itself: "And who leads the PDU?"."""
    texts = [word.text for word in found]
    if len(texts) > 2 and texts[1] in COPULAS:
        return texts[0].removeprefix("و") in QUESTION_WORDS["who"]
    named = any(question[word.start].isupper() and word.start > 0 for word in own)
    asks = asked_for(found) == "who" or not _AUXILIARIES.isdisjoint(texts)
    return named and (not _DEFINING.isdisjoint(texts) or (asks and len(own) > 1))


def _goes_on(question: str, found: list[Word]) -> bool:
    """Whether it begins with "and", which Arabic writes as part of the word: "وفي", "ومتى"."""
    first = found[0].text
    joined = first[0] == "و" and first[1:] in FUNCTION and first not in FUNCTION
    # "والشركة شو ردت؟"
    turned = first.startswith("وال") and not first.startswith(_OWN_AND)
    turned = turned and asked_for(found) is not None
    return joined or turned or _CONNECTIVE.match(question.strip()) is not None


def _is_pronoun(question: str, found: list[Word], at: int) -> bool:
    word = found[at].text
    before = found[at - 1].text if at else ""
    if _antecedent(question, found[: at - (word in POSSESSIVES)]):
        return False
    if word in COPULAS:
        # "من هو كوخافي؟" asks about the name that follows; "من هو؟" does not.
        return at == len(found) - 1 or before.removeprefix("و") not in ALL_QUESTION_WORDS
    if word == "that":
        return at == len(found) - 1 or before in _RELATIVE
    if word in ("one", "same", "there"):
        return at == len(found) - 1 or (word == "one" and before in _SUCH)
    if word in PRONOUNS | POSSESSIVES or (word[0] == "و" and word[1:] in PRONOUNS):
        return True
    return _has_ending(question[found[at].start : found[at].end], word)


def _antecedent(question: str, before: list[Word]) -> bool:
    """Whether something that a pronoun may stand for comes before it in the question."""
    own = [word for word in before if not is_function(word.text)]
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
    again = asked is None or asked == asked_for(list(words(before))) or asked == "what"
    if again and not joined:
        return before
    folded, origin = normalise_mapped(before)
    lead = _LEADING_ASK.match(folded)
    rest = before[origin[lead.end()] :] if lead else before
    if language == "en" and rest[:1].isupper() and rest.split(" ")[0].lower() in _RELATIVE:
        rest = rest[0].lower() + rest[1:]
    if joined and detect(question) == language:
        return f"{_CONNECTIVE.sub('', question.strip()).removeprefix('و').rstrip('?؟ ')} {rest}"
    return f"{ASKING[asked or 'what'][language == 'ar']} {rest}".strip()
