import json
from dataclasses import FrozenInstanceError
from datetime import date
from pathlib import Path

import pytest

from hub.core.policy import Never, Policy
from hub.core.records import Identifier
from hub.settings import InvalidConfiguration, check, home_of, load
from hub.settings.inventory import settings_in_force

COMPANY = """
[company]
name = "ООО «Мы»"
domains = ["my.example"]
timezone = "Europe/Moscow"
"""
MAIL = '\n[connections.mail]\nconnector = "acme.mail"\nhost = "imap.my.example"\n'


def codes(path, environ=None):
    return [one.code for one in check(path, environ or {}).mistakes]


def in_force(path, environ=None):
    return {one.key: (one.value, one.origin) for one in settings_in_force(check(path, environ or {}))}


# --- what comes out --------------------------------------------------------------------------------------------------


def test_the_smallest_configuration_has_a_company_and_defaults_for_the_rest(written, tmp_path):
    config = load(written(hub=COMPANY), {})
    assert (config.company.name, config.company.timezone, config.company.language) == (
        "ООО «Мы»",
        "Europe/Moscow",
        "ru",
    )
    assert config.company.ours.owns(Identifier("email", "anna@sub.my.example"))
    assert (config.home, config.store_path) == (tmp_path, tmp_path / "data/hub.db")
    assert (config.horizon_days, config.connections, config.broken) == (366, (), ())
    with pytest.raises(FrozenInstanceError):
        config.horizon_days = 1


def test_addresses_domains_and_phones_are_normalised(written):
    path = written(
        hub="""
        [company]
        name = "Мы"
        domains = ["Почта.РФ", "MY.example"]
        timezone = "Asia/Yekaterinburg"
        [clients]
        from_outgoing = false
        never = ["Spam.Example"]
        free_mail = ["Village.Example"]
        [[company.employees]]
        name = "Анна Смирнова"
        emails = ["Anna@MY.example"]
        phones = ["8 (495) 123-45-67"]
        extensions = ["доб. 101"]
        absent_from = 2026-12-01
        absent_until = "2026-12-31"
        """
    )
    ours = load(path, {}).company.ours
    [anna] = ours.employees
    assert ours.domains == {"xn--80a1acny.xn--p1ai", "my.example"}
    assert (anna.emails, anna.phones, anna.extensions) == (("anna@my.example",), ("+74951234567",), ("101",))
    assert (anna.absent_from, anna.absent_until) == (date(2026, 12, 1), date(2026, 12, 31))
    assert (ours.never_clients, ours.free_mail, ours.from_outgoing) == ({"spam.example"}, {"village.example"}, False)


def test_phones_without_a_country_code_are_of_the_companys_country(written):
    path = written(hub=COMPANY + 'country = "by"\n[[company.employees]]\nname = "А"\nphones = ["(29) 491-19-11"]\n')
    assert load(path, {}).company.ours.employees[0].phones == ("+375294911911",)


def test_a_connection_has_its_policy_and_an_id_that_stays_when_it_is_renamed(written):
    path = written(
        hub=COMPANY
        + """
        [connections.sales]
        connector = "acme.mail"
        host = "imap.my.example"
        id = "mail-2024"
        store = "headers"
        keep_raw = "latest"
        vanish_threshold = 0.5
        never = { addresses = ["Wife@Home.example"], domains = ["bank.example"], folders = ["Личное"], keywords = ["Зарплата"] }
        """.replace("        ", "")
    )
    [sales] = load(path, {}).connections
    assert (sales.name, sales.id, sales.connector, sales.enabled, sales.vanish_threshold) == (
        "sales", "mail-2024", "acme.mail", True, 0.5,
    )  # fmt: skip
    assert sales.settings.host == "imap.my.example"
    never = Never(
        addresses=frozenset({"wife@home.example"}),
        domains=frozenset({"bank.example"}),
        folders=frozenset({"личное"}),
        keywords=frozenset({"зарплата"}),
    )
    assert sales.policy == Policy(store="headers", never=never, keep_raw="latest")


def test_a_connection_is_found_by_its_name_and_by_its_id(written):
    config = load(written(hub=COMPANY + MAIL + 'id = "first"\n'), {})
    assert config.connection("mail") is config.connection("first") is config.connections[0]
    assert config.connection("other") is None


# --- paths -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "home"),
    [
        ("/srv/hub/config/hub.toml", "/srv/hub"),
        ("/etc/hub/hub.toml", "/etc/hub"),
        ("/srv/hub/config/demo/hub.toml", "/srv/hub/config/demo"),
    ],
)
def test_home_is_the_folder_of_hub_toml_or_the_one_above_config(file, home):
    assert home_of(Path(file)) == Path(home)


def test_relative_paths_start_at_the_home_wherever_the_hub_is_started(written, tmp_path, monkeypatch):
    path = written(
        hub=COMPANY + '[store]\npath = "db/hub.db"\n',
        conf_d__mail=MAIL
        + 'path = "mail/anna"\npaths = ["a", "/b", "~/c"]\nauth = {kind="token", token="${env:T:-}", file="f"}\n',
    ).absolute()
    monkeypatch.chdir("/")
    config = load(path, {})
    settings = config.connections[0].settings
    assert config.store_path == tmp_path / "db/hub.db"
    assert settings.path == tmp_path / "mail/anna"
    assert settings.paths == (tmp_path / "a", Path("/b"), Path.home() / "c")
    assert settings.auth.file == tmp_path / "f"


def test_a_path_that_does_not_exist_is_a_warning_only(written, tmp_path):
    path = written(hub=COMPANY + MAIL + 'path = "mail"\n')
    [warning] = check(path, {}).mistakes
    assert (warning.code, warning.severity, str(warning.place)) == ("HUB125", "warning", "config/hub.toml:10:8")
    assert load(path, {}).connections
    (tmp_path / "mail").mkdir()
    assert codes(path) == []


# --- several files, variables ----------------------------------------------------------------------------------------


def test_tables_of_several_files_are_merged_whatever_their_order(written):
    path = written(
        hub='company.timezone = "Europe/Moscow"\n',
        conf_d__a='[connections.mail]\nconnector = "acme.mail"\nauth = { kind = "token" }\n',
        conf_d__b='[company]\nname = "Мы"\ndomains = ["my.example"]\n[connections.mail]\nhost = "h"\nauth.token = "${env:T}"\n',
    )
    config = load(path, {"T": "secret"})
    assert config.connections[0].settings.auth.token.get_secret_value() == "secret"


def test_a_key_that_is_a_table_in_one_file_and_a_value_in_another_is_given_twice(written):
    path = written(hub=COMPANY, conf_d__a="company = 1\n")
    [mistake] = check(path, {}).mistakes
    assert (mistake.code, str(mistake.place)) == ("HUB102", "config/conf.d/a.toml:1:1")
    assert "config/hub.toml:2:2" in mistake.message


def test_a_variable_overrides_the_files_and_its_text_is_read_as_the_type_demands(written):
    path = written(hub=COMPANY + MAIL.replace("mail]", "sales-mail]") + "port = 143\n")
    environ = {
        "HUB__COMPANY__TIMEZONE": "Asia/Omsk",
        "HUB__SYNC__HORIZON_DAYS": "30",
        "HUB__COMPANY__DOMAINS": '["a.example", "b.example"]',
        "HUB__CONNECTIONS__SALES_MAIL__PORT": "993",
        "HUB__CONNECTIONS__SALES_MAIL__TLS": "false",
        "HUB__CONNECTIONS__SALES_MAIL__PASSWORD": "12345",
        "HUB__CONNECTIONS__SALES_MAIL__WEIGHTS__A": "0.5",
    }
    config = load(path, environ)
    settings = config.connections[0].settings
    assert (config.company.timezone, config.horizon_days) == ("Asia/Omsk", 30)
    assert config.company.ours.domains == {"a.example", "b.example"}
    assert (settings.port, settings.tls, settings.weights) == (993, False, {"a": 0.5})
    assert settings.password.get_secret_value() == "12345"


def test_mistakes_in_variables_are_told_by_the_name_of_the_variable(written):
    path = written(hub=COMPANY)
    environ = {
        "HUB__COMPANY__TIMEZONE": "Moskow",
        "HUB__SYNC__HORIZON_DAYS": "many",
        "HUB__": "x",
        "HUB__COMPANY__NME": "",
    }
    found = {(str(one.place), one.code) for one in check(path, environ).mistakes}
    assert found == {
        ("HUB__COMPANY__TIMEZONE", "HUB130"),
        ("HUB__SYNC__HORIZON_DAYS", "HUB106"),
        ("HUB__", "HUB116"),
        ("HUB__COMPANY__NME", "HUB104"),
    }


def test_a_variable_can_change_one_element_of_a_list(written):
    path = written(hub=COMPANY + '[[company.employees]]\nname = "А"\nemails = ["a@my.example"]\n')
    environ = {"HUB__COMPANY__EMPLOYEES__0__EMAILS__0": "b@my.example"}
    assert load(path, environ).company.ours.employees[0].emails == ("b@my.example",)
    assert codes(path, {"HUB__COMPANY__EMPLOYEES__1__NAME": "x"}) == ["HUB116"]


def test_numbers_and_truths_in_quotes_are_mistakes_in_a_file(written):
    assert codes(written(hub=COMPANY + '[sync]\nhorizon_days = "30"\n' + MAIL + 'tls = "true"\n')) == ["HUB106"] * 2


# --- references ------------------------------------------------------------------------------------------------------


def test_references_bring_variables_defaults_and_files(written, tmp_path):
    (tmp_path / "domain").write_text("file.example\n\n")
    path = written(
        hub="""
        [company]
        name = "${env:NAME} и ${env:NOBODY:-Ко}, $${env:NAME}"
        domains = ["${env:DOMAIN}", "my.example"]
        timezone = "${env:ZONE:-Europe/Moscow}"
        [connections.mail]
        connector = "acme.mail"
        host = "${file:domain}"
        port = "${env:PORT}"
        """
    )
    config = load(path, {"NAME": "${env:HOME}", "DOMAIN": "a.example", "PORT": "143", "ZONE": ""})
    assert config.company.name == "${env:HOME} и Ко, ${env:NAME}"
    assert config.company.timezone == "Europe/Moscow"
    assert config.company.ours.domains == {"a.example", "my.example"}
    assert (config.connections[0].settings.host, config.connections[0].settings.port) == ("file.example\n", 143)


def test_an_unresolved_reference_is_the_only_mistake_at_its_place(written):
    path = written(hub=COMPANY.replace('"my.example"', '"${env:NOBODY}"') + "[sync]\nhorizon_days = '${file:x}'\n")
    found = [(one.code, str(one.place)) for one in check(path, {}).mistakes]
    assert found == [("HUB111", "config/hub.toml:4:13"), ("HUB112", "config/hub.toml:7:17")]


def test_an_unclosed_reference_is_told_and_can_be_escaped(written):
    assert codes(written(hub=COMPANY.replace("ООО", "${ООО"))) == ["HUB114"]
    assert load(written(hub=COMPANY.replace("ООО", "$${ООО")), {}).company.name == "${ООО «Мы»"


# --- secrets ---------------------------------------------------------------------------------------------------------

SECRET = "Пароль-7f3a"


def secret_file(folder, mode):
    path = folder / "password"
    path.write_text(SECRET + "\n", encoding="utf-8")
    path.chmod(mode)
    return path


def test_a_secret_comes_from_a_file_that_only_the_hub_can_read(written, tmp_path):
    secret_file(tmp_path, 0o600)
    path = written(hub=COMPANY + MAIL + 'password = "${file:password}"\n')
    checked = check(path, {})
    assert checked.mistakes == ()
    assert checked.config.connections[0].settings.password.get_secret_value() == SECRET


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_secret_file_that_others_can_read_is_refused(written, tmp_path, mode):
    file = secret_file(tmp_path, mode)
    path = written(hub=COMPANY + MAIL + 'password = "${file:password}"\n')
    [mistake] = check(path, {}).mistakes
    assert (mistake.code, mistake.severity, mistake.fix) == ("HUB115", "error", f"chmod 600 {file}")


def test_a_file_that_others_can_read_is_fine_for_what_is_no_secret(written, tmp_path):
    (tmp_path / "host").write_text("imap.my.example")
    (tmp_path / "host").chmod(0o644)
    assert codes(written(hub=COMPANY + MAIL.replace("imap.my.example", "${file:host}"))) == []


def test_a_secret_in_plain_text_is_a_warning_a_default_in_the_file_too(written):
    path = written(
        hub=COMPANY + MAIL + f'password = "{SECRET}"\nauth = {{kind = "token", token = "${{env:T:-{SECRET}}}"}}\n'
    )
    found = check(path, {}).mistakes
    assert [(one.code, one.severity) for one in found] == [("HUB103", "warning")] * 2
    assert load(path, {}).connections


def test_every_secret_in_plain_text_is_told_a_name_of_its_own(written):
    people = ("anna@my.example", "boris@my.example", "anna@other.example", "")
    listed = ", ".join(f'{{address = "{one}", password = "{SECRET}"}}' for one in people)
    found = check(written(hub=f'{COMPANY}{MAIL}password = "{SECRET}"\nmailboxes = [{listed}]\n'), {}).mistakes
    told = [one.fix for one in found if one.code == "HUB103"]
    names = ["password", "password-anna", "password-boris", "password-anna-other-example", "password-4"]
    assert [one.rpartition("{secret:")[2] for one in told] == [f"{name}}}" for name in names]
    assert told[1] == "keep it with `hub secret set mail password-anna`, and write ${secret:password-anna}"


def test_no_secret_is_ever_told_or_shown(written, tmp_path):
    """In a valid file, in one with mistakes, in a plugin's own words, from every kind of origin."""
    secret_file(tmp_path, 0o600)
    environ = {"S": SECRET, "HUB__CONNECTIONS__C__PASSWORD": SECRET}
    right = written(
        hub=COMPANY
        + f"""
[connections.a]
connector = "acme.mail"
host = "a"
password = "{SECRET}"
[connections.b]
connector = "acme.mail"
host = "b"
auth = {{ kind = "password", user = "x", password = "${{file:password}}" }}
[connections.c]
connector = "acme.mail"
host = "c"
"""
    )
    checked = check(right, environ)
    config = load(right, environ)
    shown = [str(checked.mistakes), repr(config), str(config), *map(str, settings_in_force(checked))]
    shown += [each.settings.model_dump_json() for each in config.connections]
    wrong = written(
        hub=COMPANY
        + f"""
[connections.a]
connector = "acme.mail"
host = "{SECRET}@x"
password = "{SECRET}"
mode = "${{env:S}}"
only = ["${{env:S}}", 5]
auth = {{ kind = "password", user = 1, password = "${{file:password}}", token = "{SECRET}" }}
[connections.b]
connector = "acme.mail"
host = "b"
password = ["{SECRET}"]
port = "${{env:S}}"
"""
    )
    again = check(wrong, environ)
    shown += map(str, again.mistakes)
    assert len(again.errors) >= 6
    assert SECRET not in "\n".join(shown)
    assert config.connections[0].settings.password.get_secret_value() == SECRET


def test_what_is_shown_has_masks_references_and_origins(written):
    path = written(hub=COMPANY + MAIL + 'password = "${env:S}"\nonly = "${env:S}"\n')
    shown = in_force(path, {"S": SECRET, "HUB__COMPANY__NAME": "Они"})
    assert shown["connections.mail.password"] == ("••••••••", "config/hub.toml:10:12")
    assert shown["connections.mail.only"] == ("${env:S}", "config/hub.toml:11:8")
    assert shown["company.name"] == ("Они", "HUB__COMPANY__NAME")
    assert shown["company.timezone"] == ("Europe/Moscow", "config/hub.toml:5:12")
    assert shown["sync.horizon_days"] == (366, "default")
    assert shown["connections.mail.id"] == ("mail", "default")
    assert json.dumps([list(one) for one in shown.values()])


# --- plugins ---------------------------------------------------------------------------------------------------------


def test_a_broken_plugin_is_told_and_stops_no_other_connection(written):
    path = written(hub=COMPANY + MAIL + '[connections.other]\nconnector = "acme.broken"\n')
    assert codes(path) == ["HUB121"]
    config = load(path, {})
    assert [one.name for one in config.connections] == ["mail"]
    [broken] = config.broken
    assert (broken.name, broken.connector) == ("other", "acme.broken")
    assert "a_library_that_is_not_there" in broken.reason


def test_a_plugin_that_falls_over_its_own_settings_is_broken_too(written):
    config = load(written(hub=COMPANY + MAIL + '[connections.other]\nconnector = "acme.fragile"\nhost = "x"\n'), {})
    assert [one.name for one in config.connections] == ["mail"]
    assert [(one.name, "KeyError" in one.reason) for one in config.broken] == [("other", True)]


def test_a_connection_that_is_switched_off_may_lack_its_plugin(written):
    path = written(hub=COMPANY + '[connections.old]\nconnector = "gone.crm"\nenabled = false\nurl = "x"\n')
    assert [(one.code, one.severity) for one in check(path, {}).mistakes] == [("HUB120", "warning")]
    assert load(path, {}).connections == ()


def test_a_typing_mistake_in_one_connection_stops_the_loading_of_all(written):
    path = written(hub=COMPANY + MAIL + '[connections.other]\nconnector = "acme.mail"\n')
    assert [one.name for one in check(path, {}).config.connections] == ["mail"]
    with pytest.raises(InvalidConfiguration):
        load(path, {})


def test_plugins_that_no_connection_names_are_not_imported(written):
    import sys

    sys.modules.pop("acme_broken", None)
    sys.modules.pop("acme_plugin", None)
    assert codes(written(hub=COMPANY + '[connections.a]\nconnector = "acme.mial"\n')) == ["HUB120"]
    assert "acme_plugin" not in sys.modules


def test_an_environment_that_is_not_given_is_the_process_own(written, monkeypatch):
    monkeypatch.setenv("HUB__COMPANY__NAME", "Они")
    assert load(written(hub=COMPANY)).company.name == "Они"


def test_one_path_where_a_list_is_expected_starts_at_the_home_too(written, tmp_path):
    """As plugins do that take one path for a list of one."""
    path = written(hub=COMPANY + MAIL + 'folders = "mail"\n')
    assert load(path, {}).connections[0].settings.folders == (tmp_path / "mail",)


def test_several_paths_may_stand_where_one_may(written, tmp_path):
    (tmp_path / "a.ics").touch()
    calendars = '[connections.c]\nconnector = "calendar.files"\npath = ["a.ics", "b.ics"]\n'
    path = written(hub=COMPANY + calendars)
    assert codes(path) == ["HUB125"]
    assert load(path, {}).connections[0].settings.path == (tmp_path / "a.ics", tmp_path / "b.ics")


def test_a_wrong_value_that_comes_from_elsewhere_is_not_repeated(written):
    path = written(hub=COMPANY.replace("Europe/Moscow", "${env:S}") + MAIL + 'mode = "${env:S}"\nport = "${env:S}"\n')
    found = check(path, {"S": "q7", "HUB__COMPANY__LANGUAGE": "z9"}).mistakes
    assert {one.code for one in found} == {"HUB130", "HUB108", "HUB106"}
    assert not [one for one in found if "q7" in str(one) or "z9" in str(one)]


def test_a_connection_has_the_companys_zone_unless_it_has_its_own(written, tmp_path):
    config = load(
        written(
            hub=COMPANY
            + '[connections.work]\nconnector = "calendar.files"\npath = "work"\n'
            + '[connections.omsk]\nconnector = "calendar.files"\npath = "omsk"\ntimezone = "Asia/Omsk"\n'
        )
    )
    assert [one.settings.timezone for one in config.connections] == ["Europe/Moscow", "Asia/Omsk"]
    assert [one.settings.path for one in config.connections] == [(tmp_path / "work",), (tmp_path / "omsk",)]
