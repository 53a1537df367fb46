"""Figures by hand; the bootstrap beside the normal theory, and what pairing gains."""

import numpy as np

from holefill.evaluation.statistics import figure, paired_bootstrap


def test_figure_golden():
    found = figure(np.array([1.0, 2, 3, np.nan]))
    assert (found.mean, found.judged, found.pictures) == (2, 3, 4)
    np.testing.assert_allclose(found.error, 1 / np.sqrt(3))
    assert np.isnan([found.difference, found.low, found.high]).all()


def test_figure_of_one_or_none():
    assert figure(np.array([3.0])).mean == 3 and np.isnan(figure(np.array([3.0])).error)
    nothing = figure(np.array([np.nan, np.nan]))
    assert np.isnan(nothing.mean) and nothing.judged == 0


def test_bootstrap_of_a_constant_difference_is_that_difference():
    mean, low, high = paired_bootstrap(np.full((30, 2), [0.5, -1.0]))
    np.testing.assert_allclose([mean, low, high], np.tile([0.5, -1.0], (3, 1)))


def test_bootstrap_agrees_with_normal_theory_and_is_seeded():
    differences = np.random.default_rng(1).normal(0.3, 2.0, (400, 1))
    mean, low, high = paired_bootstrap(differences)
    error = differences.std(ddof=1) / 20
    np.testing.assert_allclose(mean, differences.mean())
    np.testing.assert_allclose([low[0], high[0]], mean[0] + np.array([-1.96, 1.96]) * error, atol=0.06 * error)
    np.testing.assert_array_equal(paired_bootstrap(differences)[1], low)


def test_bootstrap_holds_the_truth_about_95_times_in_100():
    held = 0
    for seed in range(200):
        _, low, high = paired_bootstrap(np.random.default_rng([2, seed]).normal(0, 1, (60, 1)), resamples=500)
        held += low[0] <= 0 <= high[0]
    assert 180 <= held <= 199


def test_bootstrap_leaves_out_pictures_without_both_scores():
    differences = np.array([[1.0, np.nan], [np.nan, np.nan], [3.0, 7.0], [2.0, np.nan]])
    mean, low, high = paired_bootstrap(differences)
    np.testing.assert_allclose(mean, [2, 7])
    assert 1 <= low[0] < 2 < high[0] <= 3
    assert np.isnan([low[1], high[1]]).all()


def test_bootstrap_in_pieces_is_a_bootstrap(monkeypatch):
    from holefill.evaluation import statistics

    differences = np.random.default_rng(3).normal(0, 1, (50, 3))
    whole = paired_bootstrap(differences)
    monkeypatch.setattr(statistics, "AT_ONCE", 50 * 7)
    np.testing.assert_allclose(paired_bootstrap(differences), whole)
