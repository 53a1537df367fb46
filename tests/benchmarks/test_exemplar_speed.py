"""The table of exemplar-based completion: a record for each program, which give the same picture where they should."""

from holefill.benchmarks import exemplar_speed


def test_programs_are_timed_and_compared():
    found = exemplar_speed.rows([(48, 12)], repeats=2)
    assert [row["program"] for row in found] == ["exemplar@paper", "exemplar", "numpy"]
    assert all(0 < row["least_s"] <= row["median_s"] for row in found)
    assert found[0]["same_as_numpy"] is True and found[0]["times_faster_than_numpy"] > 0
    assert found[2]["times_faster_than_numpy"] is None
