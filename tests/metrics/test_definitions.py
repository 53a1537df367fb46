"""Definitions: every metric has one in print; one without an entry gets its docstring's."""

import pytest

from holefill import metrics
from holefill.errors import UserError
from holefill.metrics import definitions


@pytest.mark.parametrize("name", metrics.names())
def test_every_metric_can_be_printed(name):
    found = definitions.of(name)
    assert found.title and len(found.text) > 20 and found.better in ("higher", "lower", "one", "")


def test_entries_are_metrics_and_a_metric_without_one_has_its_docstring(monkeypatch):
    assert set(definitions.TABLE) <= set(metrics.names())
    monkeypatch.delitem(definitions.TABLE, "hole_psnr")
    found = definitions.of("hole_psnr")
    assert (found.head, found.text, found.better) == ("hole psnr", "PSNR over the missing pixels only.", "")
    assert definitions.of("l1").head == "L1, % ↓"
    with pytest.raises(UserError, match="psnr"):
        definitions.of("psn")
