"""The benchmark's records: every solver beside seamlessClone, and within its error."""

from holefill.benchmarks import poisson_speed


def test_rows_compare_the_solvers():
    records = poisson_speed.rows([96], repeats=1)
    assert [r["solver"] for r in records] == ["multigrid", "tensorflow", "seamlessClone"]
    assert all(r["median_s"] > 0 and r["size"] == 96 for r in records)
    assert all(r["error_grey_levels"] < 0.01 for r in records[:2])
    assert records[2]["ratio_to_seamlessClone"] == 1
