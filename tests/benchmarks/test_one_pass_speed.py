"""The table of one forward pass: a record for each network and size that it takes."""

from holefill.benchmarks import one_pass_speed


def test_each_network_is_timed_at_the_sizes_that_it_takes():
    networks = ["fill(width=4, blocks=1)", "context_encoder(width=4, image_size=32)"]
    found = one_pass_speed.rows(networks, work=((3, 32), (1, 40)), repeats=2)
    assert [(row["network"], row["pictures"], row["size"]) for row in found] == [
        (networks[0], 3, 32),
        (networks[0], 1, 40),
        (networks[1], 3, 32),
    ]
    assert all(0 < row["least_ms_a_picture"] <= row["median_ms_a_picture"] for row in found)
    assert len({row["parameters"] for row in found}) == 2
