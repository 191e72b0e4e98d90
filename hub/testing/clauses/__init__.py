"""The clauses of the conformance kit, by what they are about. Each is a test; `ConnectorTests` has them all."""

import pytest

_CLAUSES = ("description", "mapping", "manners", "pulling")
pytest.register_assert_rewrite(*(f"{__name__}.{name}" for name in _CLAUSES))  # before they are imported
