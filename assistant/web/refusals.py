"""What a reader is told when a question can't be taken: one wording per kind, in two languages."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse

from assistant.errors import ArticleError, AssistantError, ChatModelError, QuestionError
from assistant.language import Language, detect


class Refusal(AssistantError):
    """The server turns a request away, politely; its wording is in `worded`.

    Attributes:
        status: The HTTP status that says the same.
        retry_after_s: When to try again, or None when trying again doesn't help.
    """

    status = 400

    def __init__(self, *, retry_after_s: int | None = None, **details: object) -> None:
        self.retry_after_s = retry_after_s
        self.details = {"seconds": retry_after_s or 1, **details}
        what, todo = _fill(type(self).__name__, "en", self.details)
        AssistantError.__init__(self, what, todo)


class TooManyQuestions(Refusal):
    """One client asks faster than the settings allow."""

    status = 429


class QueueFull(Refusal):
    """As many questions wait as the settings allow."""

    status = 503


class NotReady(Refusal):
    """The articles are still being opened."""

    status = 503


class QuestionTooLong(Refusal, QuestionError):
    """The question is longer than the settings allow."""

    status = 413


class TooLarge(Refusal):
    """The request's body is larger than the settings allow."""

    status = 413


class InvalidRequest(Refusal):
    """The request is not of the form that this address takes."""

    status = 422


class NotAllowed(Refusal):
    """No API key or login came with the request, or a wrong one."""

    status = 401


class WrongOrigin(Refusal):
    """A page of an origin that the settings don't name calls from a browser."""

    status = 403


class NotFound(Refusal):
    """Nothing is at this address."""

    status = 404


class WrongMethod(Refusal):
    """The address exists; the method doesn't fit it."""

    status = 405


_WORDING: dict[str, dict[Language, tuple[str, str]]] = {
    "TooManyQuestions": {
        "en": ("That was many questions in a short time.", "Ask again in {seconds} s."),
        "ar": ("وصلت أسئلة كثيرة في وقت قصير.", "أعد المحاولة بعد {seconds} ثانية."),
    },
    "QueueFull": {
        "en": ("Many readers are asking at once.", "Ask again in a moment."),
        "ar": ("عدد كبير من القراء يسألون الآن.", "أعد المحاولة بعد لحظات."),
    },
    "NotReady": {
        "en": ("The articles are being opened.", "Ask again in a few seconds."),
        "ar": ("يجري فتح المقالات.", "أعد المحاولة بعد ثوانٍ قليلة."),
    },
    "QuestionTooLong": {
        "en": (
            "The question has {length} characters; {limit} are read at most.",
            "Shorten it and ask again.",
        ),
        "ar": ("في السؤال {length} حرفًا، والحد الأقصى {limit}.", "اختصره ثم أعد طرحه."),
    },
    "TooLarge": {
        "en": ("The request is larger than {limit} bytes.", "Send less at once."),
        "ar": ("حجم الطلب أكبر من {limit} بايت.", "أرسل أقل من ذلك دفعة واحدة."),
    },
    "InvalidRequest": {
        "en": ("The request doesn't have the form expected here.", "Correct this: {problems}."),
        "ar": ("الطلب ليس بالصيغة المتوقعة هنا.", "صحّح ما يلي: {problems}."),
    },
    "NotAllowed": {
        "en": (
            "This server asks for an API key or a login.",
            "Send 'Authorization: Bearer KEY' or 'X-API-Key: KEY', or log in.",
        ),
        "ar": (
            "يطلب هذا الخادم مفتاحًا أو تسجيل دخول.",
            "أرسل الترويسة Authorization: Bearer KEY أو X-API-Key: KEY، أو سجّل الدخول.",
        ),
    },
    "WrongOrigin": {
        "en": (
            "Pages of this site may not call the server.",
            "Its operator can add the origin to ISNAD_ALLOWED_ORIGINS.",
        ),
        "ar": (
            "لا يُسمح لصفحات هذا الموقع بالاتصال بالخادم.",
            "يستطيع مشغّل الخادم إضافة الموقع إلى ISNAD_ALLOWED_ORIGINS.",
        ),
    },
    "NotFound": {
        "en": ("Nothing is at this address.", "See /docs for the addresses there are."),
        "ar": ("لا يوجد شيء في هذا العنوان.", "العناوين المتاحة مذكورة في ‎/docs."),
    },
    "WrongMethod": {
        "en": ("This address takes another method.", "See /docs for the one it takes."),
        "ar": ("يقبل هذا العنوان طريقة طلب أخرى.", "الطريقة المناسبة مذكورة في ‎/docs."),
    },
    "QuestionError": {
        "en": ("The question can't be read.", "Write it as a sentence with words."),
        "ar": ("تعذّرت قراءة السؤال.", "اكتبه جملةً فيها كلمات ثم أعد طرحه."),
    },
    "ArticleError": {
        "en": ("The collection holds no such article.", "See /api/articles for those it holds."),
        "ar": ("لا توجد مقالة كهذه في المجموعة.", "المقالات الموجودة مذكورة في ‎/api/articles."),
    },
    "ChatModelError": {
        "en": ("The language model did not answer.", "Ask again in a moment."),
        "ar": ("لم يُجب النموذج اللغوي.", "أعد المحاولة بعد لحظات."),
    },
    "AssistantError": {
        "en": ("Something went wrong on the server.", "Ask again; its log says what happened."),
        "ar": ("حدث خطأ في الخادم.", "أعد المحاولة، وسجلّ الخادم يبيّن ما حدث."),
    },
}


def _fill(kind: str, language: Language, details: Mapping[str, object]) -> tuple[str, str]:
    what, todo = _WORDING[kind][language]
    return what.format(**details), todo.format(**details)


def kind_of(error: Exception) -> str:
    """The name under which callers know an error; inner ones are all "AssistantError"."""
    if isinstance(error, Refusal):
        return type(error).__name__
    for known in (QuestionError, ArticleError, ChatModelError):
        if isinstance(error, known):
            return known.__name__
    return "AssistantError"


def status_of(error: Exception) -> int:
    """The HTTP status for an error."""
    if isinstance(error, Refusal):
        return error.status
    return {"QuestionError": 422, "ArticleError": 404, "ChatModelError": 502}.get(
        kind_of(error), 500
    )


def worded(error: Exception, language: Language) -> tuple[str, str]:
    """What went wrong and what to do, in the reader's language.

    A question's own error speaks for itself where it is in that language; errors of the server's
    inside are never shown, for they name its files.
    """
    if isinstance(error, Refusal):
        return _fill(type(error).__name__, language, error.details)
    if isinstance(error, QuestionError) and detect(error.what) == language:
        return error.what, error.todo
    return _fill(kind_of(error), language, {})


def body(error: Exception, language: Language) -> dict[str, dict[str, object]]:
    """The JSON form of an error; `message`, `type`, `param` and `code` are for OpenAI's clients."""
    what, todo = worded(error, language)
    kind = kind_of(error)
    of_caller = status_of(error) < 500
    return {
        "error": {
            "what": what,
            "todo": todo,
            "kind": kind,
            "message": f"{what} {todo}",
            "type": "invalid_request_error" if of_caller else "server_error",
            "param": None,
            "code": kind,
        }
    }


def reply(error: Exception, language: Language) -> JSONResponse:
    """The HTTP response for an error."""
    headers = {"Cache-Control": "no-store"}
    if isinstance(error, Refusal) and error.retry_after_s is not None:
        headers["Retry-After"] = str(error.retry_after_s)
    if isinstance(error, NotAllowed):
        headers["WWW-Authenticate"] = 'Basic realm="Isnad", charset="UTF-8"'
    return JSONResponse(body(error, language), status_of(error), headers)


def reader_language(question: str, request: Request | None) -> Language:
    """The language of the question where it has letters, else the one the browser prefers."""
    if any(letter.isalpha() for letter in question):
        return detect(question)
    return preferred(request.headers.get("accept-language", "") if request else "")


def preferred(accept_language: str) -> Language:
    """The better liked of the two languages in an Accept-Language header; English if neither."""
    liked: dict[str, float] = {}
    for part in accept_language[:1000].split(","):
        tag, _, weight = part.strip().partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        name = tag.strip().lower().split("-")[0]
        liked[name] = max(quality, liked.get(name, 0.0))
    return "ar" if liked.get("ar", 0.0) > liked.get("en", 0.0) else "en"
