"""Lists of specs, their one spelling, and what is known of a request before anything is loaded."""

import pytest

from holefill.errors import UserError
from holefill.evaluation import request


def test_split():
    text = "telea, semantic(steps=1,clip=(2)),membrane ,x(model='a,b')"
    assert request.split(text, "methods") == ["telea", "semantic(steps=1,clip=(2))", "membrane", "x(model='a,b')"]


@pytest.mark.parametrize("wrong", ["telea,,membrane", "telea(", "", "telea,telea", "a(b=1, c=2),a(c=2,b=1)", "a(b='x)"])
def test_split_exception_raised(wrong):
    with pytest.raises(UserError, match="--methods"):
        request.split(wrong, "methods")


def test_canonical():
    assert request.canonical(" telea( radius = 5 )") == "telea(radius=5)"
    assert request.canonical("a(c='x', b=(1,2))") == "a(b=(1, 2), c='x')"
    assert request.canonical("telea()") == request.canonical("telea") == "telea"


def test_check_loads_nothing_and_makes_nothing(tmp_path):
    found = request.check(request.Options(output=str(tmp_path / "report"), masks="center,left"))
    assert (found.image_size, found.channels, found.masks) == (64, 3, ("center", "left"))
    assert [method.model and method.model.name for method in found.methods] == ["celeba64", None, None]
    assert len(found.methods[0].model_hash) == 16
    assert not list(tmp_path.iterdir())


def test_a_guess_is_found_and_its_files_count(tmp_path):
    def found(methods):
        return request.check(request.Options(output=str(tmp_path / "report"), methods=methods)).methods[0]

    guided, alone = found("patch_match(guess='fill64')"), found("patch_match")
    assert guided.model is None and alone.model_hash is None
    assert guided.model_hash == found("fill").model_hash
    with pytest.raises(UserError, match="unknown model 'nothing'"):
        found("patch_match(guess='nothing')")


def test_files_that_options_name_count(tmp_path):
    from holefill.evaluation import dependencies

    (tmp_path / "forbidden.png").write_bytes(b"one")
    (tmp_path / "pictures/below").mkdir(parents=True)
    (tmp_path / "pictures/below/a.png").write_bytes(b"a")
    named = {"forbidden": str(tmp_path / "forbidden.png"), "data_dir": str(tmp_path / "pictures"), "radius": 3}
    seen = [dependencies.digest(None, named)]
    for name in ("forbidden.png", "pictures/below/a.png", "pictures/b.png"):
        (tmp_path / name).write_bytes(b"another")
        seen.append(dependencies.digest(None, named))
    assert len(set(seen)) == 4 and dependencies.digest(None, named) == seen[-1]
    assert dependencies.digest(None, {"norm": "l1", "radius": 3}) is None
    content = dependencies.digest(None, {"content": "fill64"})
    assert (
        content == dependencies.digest(None, {"guess": "fill64"}) != dependencies.digest(None, {"content": "fill128"})
    )


def test_a_model_of_faces_cut_in_another_way_is_told_of(tmp_path, caplog):
    import json

    folder = tmp_path / "wide"
    folder.mkdir()
    about = {"family": "fill", "options": {"image_size": 64, "channels": 3}, "card": {"share_of_width": 1}}
    (folder / "model.json").write_text(json.dumps(about))
    (folder / "weights.npz").write_bytes(b"")
    for dataset, told in (("celeba", True), ("celeba(share_of_width=1)", False), ("shapes", False)):
        caplog.clear()
        asked = {"output": str(tmp_path / "report"), "methods": f"fill(model='{folder}')", "dataset": dataset}
        request.check(request.Options(**asked))
        assert ("see --dataset 'celeba(share_of_width=1)'" in caplog.text) == told
        assert ("cut at 100% of the width, the data set's are cut at the usual share" in caplog.text) == told


def test_size_without_a_model_is_what_is_asked_for_or_64(tmp_path):
    options = {"output": str(tmp_path / "report"), "methods": "telea"}
    assert request.check(request.Options(**options)).image_size == 64
    assert request.check(request.Options(**options, image_size=100)).image_size == 100


def test_metrics_of_faces_are_for_faces_unless_asked_for(tmp_path):
    def found(**options):
        return request.check(request.Options(output=str(tmp_path / "report"), methods="telea", **options)).metrics

    assert "landmark_error" in found(dataset="celeba") and "landmark_error" in found(dataset="celeba(channels=1)")
    others = found(dataset="shapes(channels=1)")
    assert "landmark_error" not in others and {"psnr", "ssim", "detail_ratio"} <= set(others)
    assert found(dataset="shapes", metrics="landmark_error") == ("landmark_error",)


def test_a_search_is_judged_by_the_preset_that_its_model_gets(tmp_path):
    """Without an encoder `semantic@encoder` is `semantic`, whose four restarts may all be kept."""
    import json

    for encoder in (True, False):
        folder = tmp_path / str(encoder)
        folder.mkdir()
        about = {"family": "dcgan", "options": {"image_size": 64, "channels": 3, "encoder": encoder}}
        (folder / "model.json").write_text(json.dumps(about))
        (folder / "weights.npz").write_bytes(b"")
    options = {"output": str(tmp_path / "report"), "methods": "semantic@encoder(keep=4)"}
    assert request.check(request.Options(**options, model=str(tmp_path / "False")))
    with pytest.raises(UserError, match="keep is 4, more than the 1 restarts"):
        request.check(request.Options(**options, model=str(tmp_path / "True")))


@pytest.mark.parametrize("blend", ["overlay", "seamless", "poisson(solver='multigrid')", "poisson(clip=False)"])
def test_every_blend_passes(tmp_path, blend):
    assert request.check(request.Options(output=str(tmp_path / "report"), methods="telea", blend=blend))
