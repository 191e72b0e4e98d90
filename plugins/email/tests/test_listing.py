"""A folder's mails, some at a time."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from hub_email.listing import Place, newest
from hub_email.places import boxes

COUNT = 23


@pytest.fixture
def box(tmp_path):
    for number in range(COUNT):
        path = tmp_path / f"{number:02}.eml"
        path.write_bytes(b"Subject: a mail\n\n")
        os.utime(path, (number // 2, number // 2))
    return next(iter(boxes(Path(tmp_path))))


@pytest.mark.parametrize("most", [1, 4, 5, COUNT - 1, COUNT, COUNT + 1, 100])
def test_every_mail_comes_once_and_it_is_said_when_these_are_the_last(box, most):
    place, ids, more = Place(), [], True
    while more:
        found, altogether, more = newest(box, place, most)
        assert altogether == COUNT
        assert len(found) <= most
        assert more or len(ids) + len(found) == COUNT
        place = replace(place, after=found[-1].key) if found else place
        ids += [one.id for one in found]
    assert sorted(ids) == [f"{number:02}.eml" for number in range(COUNT)]
    assert ids[0] == f"{COUNT - 1:02}.eml"


def test_an_empty_folder_has_no_more(tmp_path):
    (tmp_path / "mail.eml").write_bytes(b"Subject: a mail\n\n")
    box = next(iter(boxes(tmp_path)))
    (tmp_path / "mail.eml").unlink()
    assert newest(box, Place()) == ([], 0, False)
