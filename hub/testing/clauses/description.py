"""What a connector says of itself: its settings, its streams, its capabilities."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

import hub
from hub import contract
from hub.connectors import CAPABILITIES
from hub.testing.trial import Trial

_SECRET = re.compile(r"(pass(word|wd|phrase)?|secret|token|api_?key|credentials?|webhook)$")


class DescriptionClauses:
    def test_the_hub_loads_it(self, trial: Trial) -> None:
        assert contract.is_version(trial.connector.api), (
            f"api is {trial.connector.api!r}, and no version such as (1, 0)"
        )
        assert contract.speaks(trial.connector.api), f"this hub does not speak version {trial.connector.api}"
        faults = list(contract.faults(trial.connector))
        assert not faults, "; ".join(faults)

    def test_every_setting_has_a_title_and_a_description(self, trial: Trial) -> None:
        silent = [
            name
            for name, schema in _properties(trial.connector)
            if not (schema.get("description") and (schema.get("title") or "$ref" in str(schema)))
        ]
        assert not silent, f"say what these are for, with pydantic.Field(description=…): {silent}"

    def test_secret_settings_cannot_be_shown(self, trial: Trial) -> None:
        bare = [
            name
            for name, schema in _properties(trial.connector)
            if _SECRET.search(name) and any(_is_text(one) for one in (schema, *schema.get("anyOf", ())))
        ]
        assert not bare, f"these look like secrets, make them pydantic.SecretStr: {bare}"

    def test_bad_settings_are_refused_with_what_to_do(self, trial: Trial) -> None:
        for given in trial.author.bad_settings(trial.place):
            refusal = _refusal(trial, given)
            assert refusal is not None, f"`check` accepts {given}"
            if isinstance(refusal, hub.HubError):
                assert str(refusal), f"say what is wrong with {given}"
                assert refusal.fix, f"say in `fix` what a person can do about: {refusal}"

    def test_streams_have_names_that_are_unique_and_permanent(self, trial: Trial) -> None:
        with trial.opened() as source:
            streams = list(source.streams())
        names = [stream.name for stream in streams]
        assert names, "the good source has no stream"
        assert all(isinstance(name, str) and name.strip() and len(name.encode()) <= 1_000 for name in names), names
        assert len(set(names)) == len(names), f"a name comes twice: {names}"
        trial.pull()
        with trial.opened() as source:
            assert sorted(stream.name for stream in source.streams()) == sorted(names)

    def test_a_capability_it_declares_is_there(self, trial: Trial) -> None:
        with trial.opened() as source:
            for name in trial.connector.capabilities & CAPABILITIES.keys():
                assert isinstance(source, CAPABILITIES[name]), f"the source has no `{name}`"

    def test_what_it_takes_for_granted_has_names_and_sentences(self, trial: Trial) -> None:
        table = trial.connector.assumptions()
        names = [one.name for one in table]
        assert len(set(names)) == len(names), f"a name comes twice: {names}"
        assert all(one.name.strip() and one.text.strip() for one in table), "an assumption says nothing"


def _refusal(trial: Trial, given: Mapping[str, Any]) -> ValidationError | hub.HubError | None:
    try:
        settings = trial.connector.settings.model_validate(dict(given))
        with trial.opened(settings) as source:
            source.check()
    except (ValidationError, hub.HubError) as error:
        return error
    return None


def _properties(connector: hub.Connector) -> Iterator[tuple[str, dict[str, Any]]]:
    """(name, JSON Schema) of every setting, those of nested models included."""
    schema = connector.settings.model_json_schema()
    for model in (schema, *schema.get("$defs", {}).values()):
        yield from model.get("properties", {}).items()


def _is_text(schema: dict[str, Any]) -> bool:
    return schema.get("type") == "string" and "format" not in schema
