"""Translations: one `LC_MESSAGES/hub.po` per language, compiled to `hub.mo` by `python -m hub.locale.build`."""
