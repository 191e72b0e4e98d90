"""vCards of every version, as address books write them."""

import quopri

import pytest

import hub

ANNA = """BEGIN:VCARD
VERSION:3.0
UID:anna-1
FN:Анна Лютикова
N:Лютикова;Анна;Петровна;;
ORG:ООО «Лютик»\\, и Ко;Отдел продаж
TITLE:Директор
TEL;TYPE=CELL,VOICE:+7 916 111-22-33
item1.TEL;type=WORK:+7 495 123-45-67
TEL;TYPE=WORK,FAX:+7 495 123-45-68
EMAIL;TYPE=INTERNET:anna@lutik.example
NOTE:раз\\nдва\\; три
PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRgABAQEAYABgAAD
 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
REV:20261102T103000Z
X-ABUID:1
END:VCARD
"""


def crlf(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()


@pytest.fixture
def book(write, read):
    def read_book(text: str | bytes, **said):
        return read(write(text if isinstance(text, bytes) else crlf(text), name="book.vcf"), kind="people", **said)

    return read_book


def test_a_card_is_a_person_of_a_company(book, identifiers):
    found = book(ANNA)
    assert next(iter(found.raws)) == "anna-1"
    person, company = found.records
    assert (person.name, person.position, person.text) == ("Анна Лютикова", "Директор", "раз\nдва; три")
    assert identifiers(person) == {
        ("phone", "+7 916 111-22-33"), ("phone", "+7 495 123-45-67"), ("email", "anna@lutik.example"),
    }  # fmt: skip
    assert person.extra == {"ORG unit": "Отдел продаж", "TEL fax": "+7 495 123-45-68", "UID": "anna-1"}
    assert company.name == "ООО «Лютик», и Ко"
    assert person.companies == (f"book/{list(found.raws)[1]}",)


def test_version_2_1_in_quoted_printable_and_another_charset(book):
    def soft(text: str, charset: str) -> bytes:
        return quopri.encodestring(text.encode(charset)).replace(b"\n", b"\r\n")

    name = soft("Очень Длинное Имя Которое Не Помещается В Одну Строку", "cp1251")
    assert b"=\r\n" in name
    card = (
        b"BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=windows-1251;ENCODING=QUOTED-PRINTABLE:;" + name + b";;;\r\n"
        b"TEL;CELL;PREF:+79161112233\r\nORG;CHARSET=UTF-8;QUOTED-PRINTABLE:" + soft("ООО Лютик", "utf-8") + b"\r\n"
        b"PHOTO;BASE64;JPEG:\r\n AAAA\r\n BBBB=\r\n\r\nEND:VCARD\r\n"
    )
    person, company = book(card).records
    assert person.name == "Очень Длинное Имя Которое Не Помещается В Одну Строку"
    assert (person.identifiers, company.name) == ((hub.Identifier("phone", "+79161112233"),), "ООО Лютик")


def test_version_4_with_uris(book, identifiers):
    card = 'BEGIN:VCARD\nVERSION:4.0\nUID:urn:uuid:4fbe8971\nFN:Анна\nTEL;VALUE=uri;TYPE="voice,cell":tel:+7-916-111-22-33\nEMAIL:mailto:a@lutik.example\nEND:VCARD\n'  # fmt: skip
    found = book(card)
    assert list(found.raws) == ["4fbe8971"]
    assert identifiers(found.records[0]) == {("phone", "+7-916-111-22-33"), ("email", "a@lutik.example")}


def test_a_fold_may_cut_a_letter_in_two(book):
    line = "FN:Константин Константинопольский".encode()
    for spot in range(4, len(line)):
        card = b"BEGIN:VCARD\r\n" + line[:spot] + b"\r\n " + line[spot:] + b"\r\nEND:VCARD\r\n"
        assert book(card).records[0].name == "Константин Константинопольский"


@pytest.mark.parametrize("encoding", ["cp1251", "utf-8-sig", "utf-16"])
def test_the_encoding_of_a_book_is_found_out(book, encoding):
    assert book(ANNA.encode(encoding)).records[0].name == "Анна Лютикова"


def test_an_export_made_anew_changes_nothing(book):
    again = (
        ANNA.replace("20261102T103000Z", "20261103T000000Z").replace("X-ABUID:1", "X-ABUID:2").replace("/9j/4AAQ", "")
    )
    lines = again.splitlines()
    lines[3:8] = reversed(lines[3:8])
    assert book("\n".join(lines)).revisions == book(ANNA).revisions


def test_cards_without_uid_are_known_by_name_and_company(book):
    cards = "".join(
        f"BEGIN:VCARD\nVERSION:3.0\nFN:Иван\nTEL:+7495{number:07}\nEND:VCARD\n" for number in (1, 2)
    ) + "BEGIN:VCARD\nVERSION:3.0\nFN:Пётр\nEMAIL:p@lutik.example\nEND:VCARD\n"  # fmt: skip
    found = book(cards)
    assert len(found.records) == 3
    moved = cards.split("BEGIN")
    assert book("BEGIN".join([moved[0], *reversed(moved[1:])])).revisions == found.revisions
    assert list(book(cards.replace("p@", "petr@")).raws) == list(found.raws)


def test_an_agent_inside_of_a_card_is_no_card(book):
    card = "BEGIN:VCARD\nFN:Анна\nAGENT:\nBEGIN:VCARD\nFN:Борис\nEND:VCARD\nTEL:84951234567\nEND:VCARD\n"
    assert [(one.name, len(one.identifiers)) for one in book(card).records] == [("Анна", 1)]


def test_a_group_is_no_person(book):
    card = "BEGIN:VCARD\nVERSION:4.0\nKIND:group\nFN:Друзья\nMEMBER:urn:uuid:1\nEND:VCARD\n"
    assert [one.name for one in book(card + ANNA).records] == ["Анна Лютикова", "ООО «Лютик», и Ко"]


def test_a_card_that_is_cut_short_is_named(book):
    found = book(ANNA + "BEGIN:VCARD\nFN:Борис\n" + ANNA.replace("anna-1", "anna-2") + "BEGIN:VCARD\nFN:Вера")
    assert found.unread == ["card 2: it has no END:VCARD", "card 4: it has no END:VCARD"]
    assert len([one for one in found.records if isinstance(one, hub.Contact)]) == 2


def test_two_cards_with_one_uid_are_named(book):
    found = book(ANNA + ANNA.replace("Анна", "Инна"))
    assert list(found.raws)[2] == "anna-1~2"
    assert found.unread == ["card 2: its key in «UID» is already used by card 1"]


def test_a_file_without_cards_is_named(book):
    with pytest.raises(hub.Misconfigured, match="has no vCards"):
        book("BEGIN:VCALENDAR\nEND:VCALENDAR\n")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("NOTE:" + "x" * 300_000, "its NOTE is longer than 128 KB"),
        ("NOTE:" + "x" * 100_000 + "\n " + "x" * 100_000, "its NOTE is longer than 128 KB"),
        ("NOTE:x\n" * 30_000, "it is too large"),
        ("\n".join(f"NOTE:{n}" + "x" * 10_000 for n in range(200)), "it is too large"),
    ],
)
def test_a_huge_card_costs_only_itself(book, line, says):
    found = book(f"BEGIN:VCARD\nUID:1\nFN:Борис\n{line}\nEND:VCARD\n" + ANNA)
    assert found.unread == [f"card 1: {says}"]
    assert len(found.records) == 2


def test_a_huge_picture_costs_nothing(book):
    picture = "PHOTO;ENCODING=b:" + "A" * 3_000_000
    folded = "PHOTO;ENCODING=b:A\n" + " AAAA\n" * 15_000
    assert len(book(ANNA.replace("REV:", f"{picture}\n{folded}REV:")).records) == 2


@pytest.mark.parametrize("charset", ["x-none", "rot13", "idna", "zip", "utf-8\0", ""])
def test_a_charset_that_is_none_gives_way_to_the_files_own(book, charset):
    assert book(f"BEGIN:VCARD\nFN;CHARSET={charset}:Анна\nEND:VCARD\n").records[0].name == "Анна"
