"""Measures and currencies that numbers count, under their names in both languages."""

from __future__ import annotations

from assistant.language import normalise

UNITS = {
    form: unit
    for unit, forms in {
        "dollar": "دولار دولارا دولارات دولارين dollar dollars usd",
        "euro": "يورو euro euros eur",
        "pound": "جنيه جنيها جنيهات pound pounds",
        "dirham": "درهم درهما دراهم dirham dirhams",
        "kilometre": "كيلومتر كيلومترا كيلومترات كم كلم km kilometre kilometres kilometer kilometers",  # noqa: E501
        "metre": "متر مترا أمتار metre metres meter meters",
        "mile": "ميل ميلا أميال mile miles",
        "tonne": "طن طنا أطنان tonne tonnes ton tons",
        "kilogram": "كيلوغرام كيلوغراما كيلوجرام كيلو كغ kg kilogram kilograms kilo kilos",
        "minute": "دقيقة دقائق minute minutes",
        "hour": "ساعة ساعات hour hours",
        "day": "يوم يوما أيام day days",
        "week": "أسبوع أسبوعا أسابيع week weeks",
        "month": "شهر شهرا أشهر شهور month months",
        "year": "عام عاما أعوام سنة سنوات سنين year years",
    }.items()
    for form in normalise(forms).split()
}
SIGNS = {"$": "dollar", "€": "euro", "£": "pound"}
