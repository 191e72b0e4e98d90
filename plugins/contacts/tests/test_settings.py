"""What an admin writes wrong is said with the place, the nearest right word and the fix."""

import pytest
from hub_contacts.settings import Settings
from pydantic import ValidationError

CLIENTS = {"path": "clients.csv", "kind": "clients"}


def said(*files: dict, **settings) -> str:
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate({"files": files, **settings})
    (error,) = caught.value.errors()
    return f"{'.'.join(map(str, error['loc']))}: {error['msg'].removeprefix('Value error, ')}"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"kind": "client"}, "files.0.kind: Input should be 'clients', 'people', 'contracts', 'payments' or 'calls'"),
        (
            {"columns": {"innn": "ИНН"}},
            "files.0.columns: clients have no field «innn» (there are «name»,",
        ),
        ({"columns": {"inn": " "}}, "files.0.columns: «inn» names a column without a heading"),
        ({"columns": {"company_key": "Код"}}, "files.0.columns: clients have no field «company_key»"),
        ({"encoding": "cp-1251x"}, "files.0.encoding: there is no encoding «cp-1251x»: usual are"),
        ({"encoding": "rot13"}, "files.0.encoding: there is no encoding «rot13»"),
        (
            {"delimiter": ";;"},
            'files.0.delimiter: the delimiter is one character such as ";" or ",", or "tab", or "auto"',
        ),
        ({"sheet": "Лист1"}, "files.0: `sheet` means nothing for a file of the format csv: take it out"),
        ({"path": "clients.xls"}, "files.0: clients.xls is in the old Excel format: save it as .xlsx"),
        ({"path": "clients"}, "files.0: clients does not tell its format: set `format`"),
        ({"path": "a#1.csv"}, "files.0: give the file a `stream`"),
        ({"stream": "a/b"}, "files.0: give the file a `stream`"),
        ({"path": "people.vcf"}, 'files.0: a vCard file holds people: set `kind` to "people"'),
        (
            {"path": "p.vcf", "kind": "people", "key": "UID"},
            "files.0: `key` means nothing for a file of the format vcard",
        ),
        ({"header_row": 0}, "files.0.header_row: Input should be greater than or equal to 1"),
        ({"dates": "ymd"}, "files.0.dates: Input should be 'dmy' or 'mdy'"),
        ({"currency": "руб"}, "files.0.currency: String should match pattern"),
        (
            {"clients": "list"},
            ": files[0] (clients.csv): `clients` names «list», which is no client list with a `key`",
        ),
        ({"colums": {}}, "files.0.colums: Extra inputs are not permitted"),
    ],
)
def test_a_mistake_in_a_file_is_named_with_its_place(wrong, message):
    assert said({**CLIENTS, **wrong}).startswith(message)


def test_two_files_of_one_name_need_names_of_their_own():
    assert said(CLIENTS, {**CLIENTS, "path": "old/clients.csv"}) == (
        ": 2 files have the name «clients»: give each a `stream` of its own"
    )


def test_keys_of_clients_need_a_client_list_with_a_key():
    people = {"path": "people.csv", "kind": "people", "columns": {"company_key": "Код"}}
    assert said(CLIENTS, people).startswith(": files[1] (people.csv): `company_key` needs a client list with a `key`")


def test_a_time_zone_is_named_after_a_city():
    assert said(CLIENTS, timezone="Europe/Moskow") == "timezone: there is no time zone Europe/Moskow"


def test_no_files_are_a_mistake():
    assert said().startswith("files: there are no files")


def test_only_path_and_kind_are_needed():
    (file,) = Settings.model_validate({"files": [CLIENTS]}).files
    assert (file.name, file.form, file.delimiter, file.encoding) == ("clients", "csv", "auto", "auto")


def test_settings_have_a_schema_for_editors():
    schema = Settings.model_json_schema()
    assert schema["$defs"]["File"]["properties"]["key"]["description"].startswith("Column with a permanent id")
