"""The small words of questions: what they ask for, what carries no meaning, what leans."""

from __future__ import annotations

from assistant.language import Word, normalise


def set_of(text: str) -> frozenset[str]:
    """The words of a text, normalised."""
    return frozenset(normalise(text).split())


# What is asked for, in the order of the keys of `ASKING`.
QUESTION_WORDS: dict[str, frozenset[str]] = {
    "why": set_of("why لماذا لم لما ليش ليه علاش لاش لويش"),
    "when": set_of("when متى امتى إمتى إيمتى ايمتا وقتاش فوقاش"),
    "where": set_of("where أين وين فين منين أينه"),
    "who": set_of("who whom whose مين شكون من لمن لمين"),
    "how many": set_of("كم قديش كام شحال أديش بكم بكام بقديش"),
    "how": set_of("how كيف كيفاش ازاي إزاي شلون كيفية"),
    "which": set_of("which أي أية انهي بأي لأي"),
    "what": set_of(
        "what ما ماذا ايش إيش شو شنو اش ايه إيه وش أشنو واش بماذا بم علام مم فيم عماذا بشو عشو"
    ),
}
ASKING: dict[str, tuple[str, str]] = {
    "why": ("Why", "لماذا"),
    "when": ("When", "متى"),
    "where": ("Where", "أين"),
    "who": ("Who", "من"),
    "how many": ("How many", "كم"),
    "how": ("How", "كيف"),
    "which": ("Which", "أي"),
    "what": ("What", "ماذا"),
}
ALL_QUESTION_WORDS = frozenset[str]().union(*QUESTION_WORDS.values()) | set_of("هل شحال many much")
FUNCTION = ALL_QUESTION_WORDS | set_of(
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
    "هل إذن اذا بعد شي شيء حاجة أحد حد ثاني تاني ثانية برضه كذلك دا "
    "اللي يلي رح راح لسا لسه مو مش موش كتير"
)
PRONOUNS = set_of(
    "it its itself they them their theirs he him his she her hers this that these those one ones "
    "same "
    "ذلك تلك ذاك هذا هذه هؤلاء هذان هناك هنالك هاد هادا هادي هيدا هيدي هيك كده كدا كذا ده دي دول "
    "هاذا هاذي هداك نفسه نفسها نفسهم منه منها منهم عنه عنها عنهم فيه فيها فيهم له لها لهم به بها "
    "بهم بعده بعدها بعدهم قبله قبلها قبلهم عنده عندها عندهم ضده ضدها ضدهم حوله حولها حولهم "
    "بدونه بدونها بدونهم لأنه لأنها لأنهم معه معها معهم عليه عليها عليهم إليه إليها إليهم "
    "بينهم بينهما معاه معاها معاهم"
)
# Stand after what is somebody's: "المحامي بتاعه".
POSSESSIVES = set_of("بتاعه بتاعها بتاعهم تبعه تبعها تبعهم ديالو ديالها ديالهم")
COPULAS = set_of("هو هي هم هن هما")


def is_function(word: str) -> bool:
    """Whether a normalised word, or what follows its "و", asks, joins or points."""
    bare = word[1:] if word[0] == "و" and len(word) > 2 else word
    known = FUNCTION | PRONOUNS | POSSESSIVES | COPULAS
    return word in known or bare in known


def asked_for(found: list[Word]) -> str | None:
    """The kind of thing that the question asks for, by its first question word."""
    texts = [word.text for word in found]
    for text, following in zip(texts, [*texts[1:], ""], strict=True):
        # "من فضلك" asks for nobody, nor does "من متى".
        if following == "فضلك" or (text == "من" and following in ALL_QUESTION_WORDS):
            continue
        if text == "how" and following in ("many", "much"):
            return "how many"
        for kind, known in QUESTION_WORDS.items():
            if text in known or (text[0] == "و" and text[1:] in known):
                return kind
    return None
