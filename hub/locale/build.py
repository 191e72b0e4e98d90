"""Extract every marked word of a package, bring its catalogs up to date, compile them.

    python -m hub.locale.build                         the hub and the plugins that stand beside it
    python -m hub.locale.build acme-notes/acme_notes   the package in this folder
    python -m hub.locale.build --check [FOLDER ...]    writes nothing; fails when a catalog is stale or incomplete

Writes `locale/ru/LC_MESSAGES/PACKAGE.po` and `.mo` in the package and lists what waits for a translation in the `.po`.
Needs Babel, a development dependency; nothing of it is used at run time.
"""

import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from hub.i18n import LOCALE, compiled

KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "_": None, "N_": None, "ngettext": (1, 2), "sentence": None, "sentences": (1, 2),
}  # fmt: skip
TRANSLATED = ("ru",)
HUB = LOCALE.parent
_NO_DATE = datetime(1970, 1, 1, tzinfo=UTC)


def packages() -> tuple[Path, ...]:
    """The hub's own package, and those of the plugins in the same checkout."""
    return (HUB, *sorted(file.parent for file in HUB.parent.glob("plugins/*/*/__init__.py")))


def extracted(package: Path = HUB) -> Catalog:
    """Every message of a package's source, in the order of its text."""
    catalog = Catalog()
    found = extract_from_dir(package, keywords=KEYWORDS, comment_tags=("i18n:",))
    for _file, _line, message, comments, context in sorted(found, key=lambda entry: str(entry[2])):
        catalog.add(message, auto_comments=tuple(dict.fromkeys(comments)), context=context)
    return catalog


def catalog_file(language: str, package: Path = HUB) -> Path:
    return compiled(package / "locale", language).with_suffix(".po")


def updated(language: str, template: Catalog, package: Path = HUB) -> Catalog:
    """The language's catalog with exactly the template's messages; what nobody says any more is dropped."""
    path = catalog_file(language, package)
    text = path.read_bytes() if path.exists() else b""
    catalog = read_po(BytesIO(text), locale=language, domain=package.name)
    catalog.update(template, no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    catalog.fuzzy = False
    return catalog


def untranslated(catalog: Catalog) -> Iterator[Message]:
    """Messages without a translation, without one of their plural forms, or with an unsure one."""
    for message in catalog:
        if not message.id:
            continue
        forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
        wanted = catalog.num_plurals if message.pluralizable else 1
        if message.fuzzy or len(forms) != wanted or not all(forms):
            yield message


def unlike(catalog: Catalog) -> Iterator[Message]:
    """Messages whose translation has other fields than they have."""
    for message in catalog:
        originals = message.id if isinstance(message.id, tuple | list) else (message.id,)
        forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
        fields = set().union(*map(_fields, originals))
        if message.id and any(_fields(form) != fields for form in forms if form):
            yield message


def _fields(text: str) -> set[str]:
    return set(re.findall(r"(?<![${]){(\w+)}", text))


def po(catalog: Catalog) -> bytes:
    """The catalog as a .po file without line numbers, so that it changes only when words do."""
    written = BytesIO()
    named = catalog.locale and catalog.locale.english_name
    catalog.header_comment = f"# {named} words of {_TITLES.get(str(catalog.domain), catalog.domain)}."
    write_po(written, catalog, no_location=True, omit_header=False, sort_output=True, width=110, ignore_obsolete=True)
    lines = written.getvalue().decode().splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(_UNSTABLE)).encode()


_TITLES = {HUB.name: "interaction-hub"}
_UNSTABLE = ('"POT-Creation-Date', '"PO-Revision-Date', '"Last-Translator', '"Language-Team', '"Generated-By')


def mo(catalog: Catalog) -> bytes:
    written = BytesIO()
    write_mo(written, catalog)
    return written.getvalue()


def stale(language: str, package: Path = HUB) -> Iterator[str]:
    """What is wrong with the files of a language, one sentence each. A package that says nothing needs none."""
    path = catalog_file(language, package)
    template = extracted(package)
    if not template and not path.exists():
        return
    catalog = updated(language, template, package)
    written = po(catalog)
    if not path.exists() or path.read_bytes() != written:
        yield f"{path} is not up to date"
    binary = path.with_suffix(".mo")
    if not binary.exists() or binary.read_bytes() != _compiled(written, language):
        yield f"{binary} is not up to date"
    for message in untranslated(catalog):
        yield f"{path}: no translation of {message.id!r}"
    for message in unlike(catalog):
        yield f"{path}: other fields in the translation of {message.id!r}"


def _compiled(written: bytes, language: str) -> bytes:
    """From the text, and bearing no date, so that building twice compiles the same bytes."""
    catalog = read_po(BytesIO(written), locale=language)
    catalog.creation_date = _NO_DATE
    return mo(catalog)


def build(language: str, package: Path = HUB) -> Catalog:
    path = catalog_file(language, package)
    template = extracted(package)
    catalog = updated(language, template, package)
    if not template and not path.exists():
        return catalog
    path.parent.mkdir(parents=True, exist_ok=True)
    written = po(catalog)
    path.write_bytes(written)
    path.with_suffix(".mo").write_bytes(_compiled(written, language))
    return catalog


def main(arguments: list[str]) -> int:
    folders = [Path(one).resolve() for one in arguments if one != "--check"] or packages()
    both = [(language, package) for package in folders for language in TRANSLATED]
    if "--check" in arguments:
        wrong = [line for language, package in both for line in stale(language, package)]
        sys.stdout.writelines(f"{line}\n" for line in wrong)
        return 1 if wrong else 0
    for language, package in both:
        for message in untranslated(build(language, package)):
            sys.stdout.write(f"{catalog_file(language, package)}: no translation of {message.id!r}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
