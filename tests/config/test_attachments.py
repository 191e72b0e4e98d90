"""Which attached files a connection fetches at once."""

import pytest

from hub.settings import InvalidConfiguration, load

HUB = """
[company]
name = "ООО «Мы»"
domains = ["my.example"]
timezone = "Europe/Moscow"

[connections.mail]
connector = "acme.mail"
host = "imap.example"
attachments = {value}
"""


@pytest.mark.parametrize(
    ("value", "size"),
    [('"on_demand"', 0), ('"all"', None), ('"10MB"', 10 << 20), ('"500 KB"', 500 << 10), ('"100MB"', 100 << 20)],
)
def test_a_size_or_a_word_says_which(written, value, size):
    [connection] = load(written(hub=HUB.format(value=value))).connections
    assert connection.policy.attachments == size


@pytest.mark.parametrize(
    "value", ['"101MB"', '"10 apples"', '"10mb"', '""', '"-1MB"', '"1.5MB"', "10", "true", '"all "']
)
def test_anything_else_is_a_mistake_with_its_place(written, value):
    with pytest.raises(InvalidConfiguration) as caught:
        load(written(hub=HUB.format(value=value)))
    [mistake] = caught.value.mistakes
    assert (mistake.place.line, mistake.place.column) == (10, 15)
    assert mistake.fix


def test_nothing_is_fetched_unless_it_is_said(written):
    [connection] = load(written(hub=HUB.partition("attachments")[0])).connections
    assert connection.policy.attachments == 0
