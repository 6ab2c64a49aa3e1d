"""What every test shares: no network but loopback, and real assistants, made once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pytest_socket import socket_allow_hosts

from assistant import Article, Assistant, Settings

ROOT = Path(__file__).resolve().parents[1]
SEEDS = ROOT / "seeds"

# A developer's own settings must not leak into tests.
for name in [name for name in os.environ if name.startswith("ISNAD_")]:
    del os.environ[name]

# A busy machine makes any example slow; pytest's own time limit stands guard.
hypothesis_settings.register_profile(
    "isnad", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("isnad")


def pytest_runtest_setup() -> None:
    """Refuse the network, but for loopback and unix sockets (event loops use them)."""
    # Connections elsewhere are refused; `disable_socket` would refuse loopback as well.
    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


BROWSER = ("test_chat_browser.py", "test_widget.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A browser on a busy machine misses its waits now and then: it gets two more tries."""
    for item in items:
        if item.path.name in BROWSER:
            item.add_marker(pytest.mark.flaky(reruns=2))


@pytest.fixture(scope="session")
def index_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the session's indexes are kept."""
    return tmp_path_factory.mktemp("indexes")


@pytest.fixture(scope="session")
def visit(index_dir: Path) -> Assistant:
    """The first collection; not to be changed."""
    return Assistant.open(SEEDS, settings=Settings(index_dir=index_dir))


# Two small articles on unlike subjects, each in one language only.
HARBOUR = Article(
    id="harbour",
    title="Harbour of Tarifa Bay reopens after eleven weeks",
    author="Lena Ostrom",
    language="en",
    text=(
        "The harbour of Tarifa Bay reopened on Monday after divers removed the wreck of the "
        "trawler Santa Rosa. Fishing boats left at dawn.\n\n"
        "The trawler sank on 3 March after it struck an unlit buoy. Its captain, Ignacio Prada, "
        "was rescued with six of his crew. Two sailors are still missing.\n\n"
        "The regional government paid 4.2 million euros for the salvage because the owner had no "
        "insurance. Fishermen lost about 900,000 euros in income, their guild said."
    ),
)
OLIVES = Article(
    id="olives",
    title="موسم الزيتون في وادي السدر يتراجع بسبب الجفاف",
    author="سلمى الحداد",
    language="ar",
    text=(
        "تراجع إنتاج الزيتون في وادي السدر هذا العام إلى 1300 طن بعدما بلغ 2100 طن في الموسم "
        "الماضي. وقال رئيس التعاونية يوسف البكري إن الجفاف هو السبب الأول.\n\n"
        "وأغلقت ثلاث معاصر أبوابها في نوفمبر لأن كلفة الكهرباء ارتفعت. وسُرّح سبعون عاملاً من "
        "معصرة النخيل وحدها.\n\n"
        "وتعتزم وزارة الزراعة حفر اثنتي عشرة بئراً جديدة قبل الصيف المقبل، وستبدأ الأشغال في "
        "بلدة عين الغزال."
    ),
)
# The harbour, paragraph by paragraph.
HARBOUR_AR = Article(
    id="harbour-ar",
    title="ميناء خليج طريفة يعاد فتحه بعد أحد عشر أسبوعا",
    language="ar",
    translation_of="harbour",
    text=(
        "أعيد فتح ميناء خليج طريفة يوم الاثنين بعدما أزال الغواصون حطام سفينة الصيد سانتا روزا. "
        "وغادرت قوارب الصيد فجرا.\n\n"
        "غرقت السفينة في 3 مارس بعدما اصطدمت بعوامة غير مضاءة. وأنقذ قبطانها إغناسيو برادا مع ستة "
        "من طاقمه. وما زال بحاران مفقودين.\n\n"
        "دفعت الحكومة الإقليمية 4.2 مليون يورو لقاء الإنقاذ لأن المالك لم يكن لديه تأمين. وخسر "
        "الصيادون نحو 900 ألف يورو من دخلهم بحسب نقابتهم."
    ),
)


@pytest.fixture(scope="session")
def small() -> Iterator[Assistant]:
    """An English and an Arabic article, kept in memory; not to be changed."""
    yield Assistant([HARBOUR, OLIVES], settings=Settings())
