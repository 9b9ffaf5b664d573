"""The order of rows: every row once an epoch, the same for the same seed, from any step on."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fsa_runtime.data.sampler import EpochSampler

sizes = st.integers(1, 60)


@settings(max_examples=60, deadline=None)
@given(rows=sizes, batch_size=st.integers(1, 9), accumulation=st.integers(1, 5), seed=st.integers(0, 2**40))
def test_every_epoch_has_every_row_once(rows: int, batch_size: int, accumulation: int, seed: int) -> None:
    sampler = EpochSampler(rows, batch_size=batch_size, accumulation=accumulation, seed=seed)
    for epoch in range(2):
        steps = [
            sampler.rows_of_step(epoch * sampler.steps_per_epoch + k) for k in range(sampler.steps_per_epoch)
        ]
        assert {step.epoch for step in steps} == {epoch + 1}
        batches = [batch for step in steps for batch in step.micro_batches]
        assert sorted(row for batch in batches for row in batch) == list(range(rows))
        # only the last micro-batch is short, and only the last step has fewer micro-batches
        assert all(len(batch) == batch_size for batch in batches[:-1])
        assert all(len(step.micro_batches) == accumulation for step in steps[:-1])


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32), steps=st.lists(st.integers(0, 40), min_size=1, max_size=10))
def test_a_step_does_not_depend_on_the_steps_asked_for_before(seed: int, steps: list[int]) -> None:
    jumping = EpochSampler(31, batch_size=3, accumulation=2, seed=seed)
    for step in steps:
        fresh = EpochSampler(31, batch_size=3, accumulation=2, seed=seed)
        assert jumping.rows_of_step(step) == fresh.rows_of_step(step)


def test_epochs_and_seeds_differ_in_order() -> None:
    def order(seed: int, epoch: int) -> list[int]:
        return EpochSampler(50, batch_size=50, accumulation=1, seed=seed).rows_of_step(epoch).micro_batches[0]

    assert len({tuple(order(seed, epoch)) for seed in (1, 2) for epoch in (0, 1)}) == 4


@pytest.mark.parametrize(("rows", "steps"), [(100, 5), (101, 6), (80, 4), (81, 5)])
def test_the_published_batches_per_epoch(rows: int, steps: int) -> None:
    """As a DataLoader with batches of 4 and accumulation 5 steps: ceil(ceil(rows / 4) / 5)."""
    assert EpochSampler(rows, batch_size=4, accumulation=5, seed=0).steps_per_epoch == steps


def test_the_order_is_shuffled_evenly() -> None:
    """Each row is as often in the first place as any other (chi-squared far below what a bias would give)."""
    counts = [0] * 10
    for seed in range(3000):
        counts[
            EpochSampler(10, batch_size=1, accumulation=1, seed=seed).rows_of_step(0).micro_batches[0][0]
        ] += 1
    assert sum((count - 300) ** 2 / 300 for count in counts) < 28  # 9 degrees of freedom, p = 0.001


def test_the_order_of_a_seed_is_what_it_was() -> None:
    """A change here would make resumed trainings differ from what they were."""
    sampler = EpochSampler(10, batch_size=10, accumulation=1, seed=42)
    assert sampler.rows_of_step(0).micro_batches[0] == [5, 6, 0, 7, 3, 2, 4, 9, 1, 8]
    assert sampler.rows_of_step(1).micro_batches[0] == [0, 8, 7, 4, 3, 1, 2, 9, 6, 5]
