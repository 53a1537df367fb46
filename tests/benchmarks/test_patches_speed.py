"""The table of completion by patches: a record for each program, with the peer's where it is installed."""

import sys
import types

from holefill.benchmarks import patches_speed


def test_programs_are_timed_and_the_peer_left_out(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "patchmatch", None)
    found = patches_speed.rows([32], repeats=2)
    assert {"telea", "navier_stokes"} <= {row["program"] for row in found}
    assert all(0 < row["least_s"] <= row["median_s"] and row["hole_psnr"] > 5 for row in found)
    assert all(row["ratio_to_pypatchmatch"] is None for row in found)
    assert "pip install pypatchmatch" in capsys.readouterr().err


def test_the_peer_is_timed_beside(monkeypatch):
    engine = types.SimpleNamespace(
        set_random_seed=lambda seed: None, inpaint=lambda pixels, mask, patch_size: pixels // 2
    )
    monkeypatch.setitem(sys.modules, "patchmatch", types.SimpleNamespace(patch_match=engine))
    *ours, peer = patches_speed.rows([32], repeats=1)
    assert peer["program"] == "pypatchmatch" and peer["ratio_to_pypatchmatch"] == 1 and peer["hole_psnr"] < 20
    assert all(row["ratio_to_pypatchmatch"] > 0 for row in ours)
