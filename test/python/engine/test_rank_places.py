"""Which machine each rank runs on, and which GPU it sees there."""

from __future__ import annotations

import socket

import pytest

from fsa_runtime.errors import JobError
from fsa_runtime.train import meeting, orders
from fsa_runtime.train.rank_places import places_of_others

COMMAND = '["start", "--on={node}"]'


def test_without_a_word_all_ranks_run_here() -> None:
    places = places_of_others(3, {"FSA_RANK_GPUS": "GPU-b,3"}, on_gpu=True)
    assert [place.environment["CUDA_VISIBLE_DEVICES"] for place in places] == ["GPU-b", "3"]
    assert not any(place.elsewhere for place in places)


def test_ranks_are_dealt_to_machines_one_after_the_other() -> None:
    environment = {"FSA_RANKS_PER_NODE": "2", "FSA_RANK_COMMAND": COMMAND, "FSA_RANK_GPUS": "1"}
    places = places_of_others(6, environment, on_gpu=True)
    assert [place.starter for place in places] == [
        (),
        ("start", "--on=1"),
        ("start", "--on=1"),
        ("start", "--on=2"),
        ("start", "--on=2"),
    ]
    assert places[0].environment == {"CUDA_VISIBLE_DEVICES": "1"}
    assert [place.environment["FSA_RANK_GPU"] for place in places[1:]] == ["0", "1", "0", "1"]
    on_cpus = places_of_others(4, environment, on_gpu=False)
    assert [dict(place.environment) for place in on_cpus] == [{"CUDA_VISIBLE_DEVICES": ""}] * 3


def test_gpus_that_are_missing_here_are_missed() -> None:
    with pytest.raises(JobError, match="6 ranks need 3 GPUs here, but this worker was given 2"):
        places_of_others(6, {"FSA_RANKS_PER_NODE": "3", "FSA_RANK_GPUS": "1"}, on_gpu=True)


@pytest.mark.parametrize(
    ("shown", "number", "seen"), [("4,GPU-x", "1", "GPU-x"), ("7", "1", "7"), ("4,5", None, "4,5")]
)
def test_of_the_gpus_that_an_engine_shows_each_takes_one(shown: str, number: str | None, seen: str) -> None:
    environment = {"CUDA_VISIBLE_DEVICES": shown}
    if number is not None:
        environment["FSA_RANK_GPU"] = number
    orders._see_one_gpu(environment)
    assert environment == {"CUDA_VISIBLE_DEVICES": seen}


def test_ranks_meet_at_an_address_that_all_reach() -> None:
    door = meeting.Door()
    try:
        # TEST-NET-3 is nobody's: an address that this machine has and others do not see.
        addresses = ["203.0.113.1", *door.words["addresses"]]
        reached = meeting.reached({**door.words, "addresses": addresses})
    finally:
        door.close()
    assert reached == addresses[1:]
    with meeting.meeting_over_network(2, [reached, [*reached[::-1], "203.0.113.1"]]) as (first, words):
        assert words["address"] == reached[0]
        other = meeting.join_meeting(words, 2)
        other.store.set("word", "heard")
        assert first.store.get("word") == b"heard"
        assert first.interface == other.interface
        # At that address alone.
        if reached[0] != "127.0.0.1":
            with pytest.raises(OSError, match="refused"):
                socket.create_connection(("127.0.0.1", words["port"]), 5)
    with (
        pytest.raises(JobError, match=r"Not all ranks reach .* the machines of a place have to reach"),
        meeting.meeting_over_network(2, [reached, []]),
    ):
        pass
