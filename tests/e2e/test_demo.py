"""The main job, on the samples that ship with the project."""

import resource

import pytest

RUSSIAN = (
    "$ hub sync",
    "Подключение ",
    "Всего: ",
    '$ hub history "ООО Ромашка"',
    "компания · ИНН 7701000001",
    "письмо    ←  Петрова Ольга Ивановна → Анна Смирнова",
    "#2 ↳ Re: Запрос цены на насосы · 📎 Предложение 117 для Ромашки.pdf",
    "Спецификация насосов, Ромашка · приглашение · ответ: принято (Петрова Ольга Ивановна)",
    "Поставка и монтаж насосов НМ-45 · договор 117/2026 · 1 860 000,00 RUB",
    "hub search договор",
)
ENGLISH = (
    "$ hub sync",
    "Connection ",
    "In all: ",
    '$ hub history "ООО Ромашка"',
    "company · INN 7701000001",
    "mail      ←  Петрова Ольга Ивановна → Анна Смирнова",
    "#2 ↳ Re: Запрос цены на насосы · 📎 Предложение 117 для Ромашки.pdf",
    "Спецификация насосов, Ромашка · invitation · answer: accepted (Петрова Ольга Ивановна)",
    "Поставка и монтаж насосов НМ-45 · contract 117/2026 · 1,860,000.00 RUB",
    "hub search договор",
)


@pytest.mark.parametrize(("language", "expected"), [("ru", RUSSIAN), ("en", ENGLISH)])
def test_the_demo_shows_the_main_job_in_ten_seconds(hub, tmp_path, language, expected):
    before = _processor_seconds()
    said = hub("--lang", language, "demo", tmp_path / "demo")
    assert said.returncode == 0, said.stderr
    shown = (said.stdout + said.stderr).replace("\xa0", " ")
    assert [line for line in expected if line not in shown] == []
    assert "Traceback" not in shown
    assert _processor_seconds() - before < 10
    found = hub("search", "насос", config=tmp_path / "demo" / "hub.toml")
    assert "Запрос цены на насосы" in found.stdout


def _processor_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_the_demo_never_writes_into_a_folder_that_is_in_use(hub, tmp_path):
    (tmp_path / "own").write_text("x")
    said = hub("demo", tmp_path)
    assert said.returncode == 2
    assert "is not empty" in said.stderr
    assert [one.name for one in tmp_path.iterdir()] == ["own"]
