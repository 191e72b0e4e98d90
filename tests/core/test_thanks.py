"""Who only thanks waits for nothing; who says anything else does."""

from datetime import UTC, datetime

import pytest

import hub
from hub.core.thanks import marks, only_thanks

NAMES = ("Анна Смирнова", "Ольга Петрова")


@pytest.mark.parametrize(
    "said",
    [
        "Спасибо!",
        "Анна, спасибо большое за быстрый ответ!",
        "Добрый день! Всё получили, спасибо.\n\nС уважением,\nОльга Петрова\nтел. +7 495 000-33-44",
        "Благодарю Вас, Анна Сергеевна\n\nОльга Петрова",
        "Спасибо\n\n05.10.2026, 14:40, Анна Смирнова <anna@my.example> пишет:\n> Когда ждать оплату?",
        "Thank you very much, got it!",
    ],
)
def test_thanks_alone_are_known_by_every_word(said):
    assert only_thanks(said, NAMES)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "Договор получили.",
        "Спасибо! Когда отгрузка?",
        "Спасибо, ждём счёт.",
        "Спасибо. Отмените",
        "Заранее спасибо за счёт на оплату",
        "Спасибо, перезвоните мне: 8 916 123-45-67",
        "Спасибо " * 30,
        "Пришлите счёт.\n\nС благодарностью,\nОльга Петрова",
        "Нужен акт сверки.\n\n> спасибо",
    ],
)
def test_whatever_else_is_said_is_more_than_thanks(said):
    assert not only_thanks(said, NAMES)


def test_a_file_is_more_than_thanks():
    at = hub.moment(datetime(2026, 11, 20, 12, tzinfo=UTC))
    assert marks(hub.Email(at=at, text="Спасибо!")) == ("thanks",)
    assert marks(hub.Email(at=at, text="Спасибо!", attachments=(hub.Attachment("2", "Акт.pdf"),))) == ()
    assert marks(hub.Message(at=at, text="спасибо")) == ("thanks",)
    assert marks(hub.Note(at=at, text="спасибо")) == ()
