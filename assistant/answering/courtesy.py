"""Greetings, thanks and goodbyes: nothing to look for."""

from __future__ import annotations

import re

from assistant.language import normalise, words

_PHRASES = """
hi; hello; hey; hi there; hello there; hey there; greetings; good morning; good afternoon;
good evening; good night; how are you; thanks; thanks a lot; many thanks; thank you;
thank you very much; thank you so much; thx; cheers; bye; goodbye; see you; see you later;
مرحبا; مرحبا بك; مرحبا بكم; أهلا; أهلا بك; أهلا بكم; أهلا وسهلا; هلا; هاي; السلام عليكم; سلام عليكم;
السلام عليكم ورحمة الله; السلام عليكم ورحمة الله وبركاته; وعليكم السلام; صباح الخير; صباح النور;
مساء الخير; مساء النور; تصبح على خير; تحية طيبة; كيف حالك; كيف الحال; شكرا; شكرا جزيلا; شكرا لك;
شكرا لكم; شكرا كثيرا; ألف شكر; مشكور; يعطيك العافية; جزاك الله خيرا; مع السلامة; إلى اللقاء; وداعا
"""
_COURTESIES = re.compile(
    "(?:(?:{}) )+".format(
        "|".join(" ".join(normalise(each).split()) for each in _PHRASES.split(";"))
    )
)


def is_courtesy(text: str) -> bool:
    """Whether a text is a greeting, thanks or a goodbye, or several, and nothing else."""
    return bool(_COURTESIES.fullmatch("".join(f"{word.text} " for word in words(text))))
