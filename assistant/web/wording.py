"""Every text of the interface, in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from assistant.language import Language


@dataclass(frozen=True)
class Wording:
    """What the interface says in one language; `$name` places are filled by `string.Template`."""

    name: str
    other_name: str
    page_title: str
    tagline: str
    skip: str
    welcome_title: str
    welcome_text: str
    try_asking: str
    ask_label: str
    ask_placeholder: str
    ask: str
    stop: str
    new: str
    earlier: str
    earlier_empty: str
    delete: str
    export: str
    about: str
    theme: str
    close: str
    you: str
    assistant: str
    conversation: str
    sources: str
    sources_empty: str
    source: str
    unsigned: str
    our_translation: str
    original: str
    read_whole: str
    whole_article: str
    open_source: str
    article_gone: str
    nearest: str
    by_quote: str
    by_translation: str
    by_model: str
    unsure: str
    copy: str
    copied: str
    retry: str
    undo: str
    edit: str
    editing: str
    cancel: str
    thumb_up: str
    thumb_down: str
    why: str
    wrong_source: str
    no_answer: str
    other_reason: str
    thanks: str
    stopped: str
    thinking: str
    answer_ready: str
    opening: str
    too_long: str
    empty: str
    too_fast: str
    busy: str
    failed: str
    offline: str
    about_articles: str
    about_languages: str
    about_model: str
    about_chat_model: str
    about_no_chat_model: str
    about_indexed: str
    about_passages: str
    about_list: str
    translation_of_other: str
    month_names: tuple[str, ...]
    languages: tuple[str, str]


_EN = Wording(
    name="English",
    other_name="العربية",
    page_title="Isnad · ask the articles",
    tagline="Ask the articles. Every sentence shows its source.",
    skip="Skip to the question",
    welcome_title="What would you like to know?",
    welcome_text="Answers come only from the articles of this collection, in Arabic or English, "
    "and every sentence leads to the passage that says it.",
    try_asking="For example",
    ask_label="Your question",
    ask_placeholder="Ask in English or Arabic…",
    ask="Ask",
    stop="Stop",
    new="New conversation",
    earlier="Earlier conversations",
    earlier_empty="Nothing here yet. A conversation moves here when you start a new one. "
    "They are kept in this browser only.",
    delete="Delete",
    export="Save as Markdown",
    about="About this collection",
    theme="Light or dark",
    close="Close",
    you="You",
    assistant="Isnad",
    conversation="Conversation",
    sources="Sources",
    sources_empty="The passages behind an answer appear here, with the words it rests on marked.",
    source="Source $number",
    unsigned="unsigned",
    our_translation="In English",
    original="Original",
    read_whole="Read the whole article",
    whole_article="The whole article",
    open_source="Open at $host",
    article_gone="This article is no longer in the collection.",
    nearest="The nearest passages",
    by_quote="Quoted word for word",
    by_translation="Quoted from the collection’s own translation; the original is beside it",
    by_model="Written by $model, each sentence checked against its source",
    unsure="Not certain: please check the source",
    copy="Copy with footnotes",
    copied="Copied",
    retry="Ask again",
    undo="Take back",
    edit="Edit the question",
    editing="You are editing an earlier question; what follows it will be replaced.",
    cancel="Cancel",
    thumb_up="Good answer",
    thumb_down="Poor answer",
    why="What was wrong?",
    wrong_source="Wrong source",
    no_answer="Doesn’t answer",
    other_reason="Something else",
    thanks="Thank you, noted.",
    stopped="Stopped before there was an answer.",
    thinking="Reading the articles…",
    answer_ready="The answer is ready. Sources: $number.",
    opening="The collection is being opened. You can ask in a moment.",
    too_long="This question is too long: please keep it under $limit characters. It is back in "
    "the box.",
    empty="Please write a question in words.",
    too_fast="That was a lot of questions in a short time. Please try again in a moment; your "
    "question is back in the box.",
    busy="Many readers are asking just now. Please try again in a moment; your question is still "
    "in the box.",
    failed="Something went wrong on our side. Please try again; your question is back in the box.",
    offline="The server can’t be reached. Your question is still in the box.",
    about_articles="Articles",
    about_languages="Languages",
    about_model="Search model",
    about_chat_model="Language model",
    about_no_chat_model="none; answers are quoted",
    about_indexed="Indexed",
    about_passages="Passages",
    about_list="The articles",
    translation_of_other="translation",
    month_names=tuple(
        "January February March April May June July August September October November "
        "December".split()
    ),
    languages=("Arabic", "English"),
)

_AR = Wording(
    name="العربية",
    other_name="English",
    page_title="إسناد · اسأل المقالات",
    tagline="اسأل المقالات، ولكلّ جملةٍ مصدرُها.",
    skip="انتقل إلى خانة السؤال",
    welcome_title="ماذا تريد أن تعرف؟",
    welcome_text="الأجوبة من مقالات هذه المجموعة وحدها، بالعربية أو الإنجليزية، وكلّ جملة تقود إلى "
    "المقطع الذي وردت فيه.",
    try_asking="على سبيل المثال",
    ask_label="سؤالك",
    ask_placeholder="اسأل بالعربية أو بالإنجليزية…",
    ask="اسأل",
    stop="أوقف",
    new="محادثة جديدة",
    earlier="محادثات سابقة",
    earlier_empty="لا شيء هنا بعد. تنتقل المحادثة إلى هنا حين تبدأ محادثة جديدة، وتُحفظ في هذا "
    "المتصفح وحده.",
    delete="احذف",
    export="احفظ بصيغة Markdown",
    about="عن هذه المجموعة",
    theme="فاتح أو داكن",
    close="أغلق",
    you="أنت",
    assistant="إسناد",
    conversation="المحادثة",
    sources="المصادر",
    sources_empty="تظهر هنا المقاطع التي يستند إليها الجواب، وقد عُلِّم فيها موضع الشاهد.",
    source="المصدر $number",
    unsigned="بلا توقيع",
    our_translation="بالعربية",
    original="النص الأصلي",
    read_whole="اقرأ المقال كاملًا",
    whole_article="المقال كاملًا",
    open_source="افتح في $host",
    article_gone="لم يعد هذا المقال في المجموعة.",
    nearest="أقرب المقاطع",
    by_quote="اقتباس حرفي",
    by_translation="اقتباس من ترجمة هذه المجموعة، والنص الأصلي إلى جانبها",
    by_model="كتبه $model، وروجعت كلّ جملة على مصدرها",
    unsure="الجواب غير مؤكد: راجع المصدر",
    copy="انسخ مع الحواشي",
    copied="نُسخ",
    retry="أعد السؤال",
    undo="تراجع",
    edit="عدّل السؤال",
    editing="أنت تعدّل سؤالًا سابقًا؛ سيُستبدل ما بعده.",
    cancel="ألغِ",
    thumb_up="جواب جيد",
    thumb_down="جواب ضعيف",
    why="ما الخطأ؟",
    wrong_source="المصدر خاطئ",
    no_answer="لا يجيب عن السؤال",
    other_reason="سبب آخر",
    thanks="شكرًا، سُجّل رأيك.",
    stopped="توقّف قبل أن يكتمل جواب.",
    thinking="جارٍ قراءة المقالات…",
    answer_ready="الجواب جاهز. عدد المصادر: $number.",
    opening="يجري فتح المجموعة. يمكنك السؤال بعد لحظات.",
    too_long="السؤال أطول من اللازم: نرجو ألّا يزيد على $limit حرف. أعدناه إلى الخانة.",
    empty="نرجو كتابة السؤال بكلمات.",
    too_fast="أسئلة كثيرة في وقت قصير. نرجو المحاولة بعد لحظات؛ سؤالك في الخانة.",
    busy="القرّاء كثيرون الآن. نرجو المحاولة بعد لحظات؛ سؤالك ما زال في الخانة.",
    failed="حدث خطأ من جانبنا. نرجو المحاولة مرة أخرى؛ سؤالك في الخانة.",
    offline="تعذّر الوصول إلى الخادم. سؤالك ما زال في الخانة.",
    about_articles="المقالات",
    about_languages="اللغات",
    about_model="نموذج البحث",
    about_chat_model="النموذج اللغوي",
    about_no_chat_model="لا يوجد؛ الأجوبة اقتباسات",
    about_indexed="تاريخ الفهرسة",
    about_passages="المقاطع",
    about_list="قائمة المقالات",
    translation_of_other="ترجمة",
    month_names=tuple(
        "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر".split()
    ),
    languages=("العربية", "الإنجليزية"),
)

WORDING: dict[Language, Wording] = {"ar": _AR, "en": _EN}


def other(language: Language) -> Language:
    """The other of the two languages."""
    return "en" if language == "ar" else "ar"


def day(when: date | datetime | None, language: Language) -> str:
    """A date as a newspaper of that language prints it; "" when there is none."""
    if when is None:
        return ""
    return f"{when.day} {WORDING[language].month_names[when.month - 1]} {when.year}"


def language_name(language: str, reader: Language) -> str:
    """The name of a language, in the reader's."""
    return WORDING[reader].languages[0 if language == "ar" else 1]
