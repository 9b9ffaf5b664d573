"""Several machines of Ray at once, for the ranks of a training; run by the Python that Ray is installed in.

    python ray_gang.py open NAME SHAPE COMMAND…   the entry of a job: waits for the machines, then runs
                                                  COMMAND on the first
    python ray_gang.py NAME SHAPE NODE COMMAND…   runs COMMAND on another of them

Both pass on output and signals, and end as COMMAND does; when they end, so does its standard input. The
second passes that on, too; a job has none.
SHAPE is JSON of `{nodes, ranksPerNode, cpus, gpus, memory}`: the last three of each machine, memory in bytes.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from typing import Any

NAMESPACE = "fsa"
# Read by src/workers/launchers/engines/ray.ts: until then the job waits, whatever Ray says of it.
PLACED = "fsa gang placed on"
CHUNK_BYTES = 65536
# What Ray says in each of its processes, and what it must choose there.
_OWN_VARIABLES = ("RAY_", "CUDA_VISIBLE_DEVICES")


class Host:
    """An actor: one process on its machine, whose streams are read and written from elsewhere."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        own = {name: value for name, value in os.environ.items() if name.startswith(_OWN_VARIABLES)}
        self._said: queue.SimpleQueue[tuple[int, bytes]] = queue.SimpleQueue()
        self._process = subprocess.Popen(
            command,
            env={**environment, **own},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        streams = (self._process.stdout, self._process.stderr)
        readers = [
            threading.Thread(target=self._read, args=(number + 1, stream), daemon=True)
            for number, stream in enumerate(streams)
        ]
        for reader in readers:
            reader.start()
        threading.Thread(target=self._end, args=(readers,), daemon=True).start()

    def where(self) -> str:
        return socket.gethostname()

    def hear(self) -> tuple[int, bytes]:
        """Waits for what it says next: 1 and 2 are its streams; 0 is its end, with the exit code in words."""
        return self._said.get()

    def tell(self, words: bytes) -> None:
        assert self._process.stdin is not None
        if words:
            self._process.stdin.write(words)
            self._process.stdin.flush()
        else:
            self._process.stdin.close()

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def _read(self, number: int, stream: Any) -> None:
        while words := os.read(stream.fileno(), CHUNK_BYTES):
            self._said.put((number, words))

    def _end(self, readers: list[threading.Thread]) -> None:
        for reader in readers:
            reader.join()
        self._said.put((0, str(self._process.wait()).encode()))


def open_gang(name: str, shape: dict[str, Any]) -> Any:
    """Waits until Ray has given all machines. It takes them back when this process ends."""
    import ray  # noqa: PLC0415
    from ray.util.placement_group import placement_group  # noqa: PLC0415

    bundle = {"CPU": shape["cpus"], "GPU": shape["gpus"], "memory": shape["memory"] or 0}
    whole = {resource: amount for resource, amount in bundle.items() if amount}
    group = placement_group([whole] * shape["nodes"], strategy="STRICT_SPREAD", name=name)
    ray.get(group.ready())
    return group


def start_on(group: Any, node: int, shape: dict[str, Any], command: list[str]) -> Any:
    """An actor of `Host`. On the first machine it has what all ranks there need, elsewhere that of one."""
    import ray  # noqa: PLC0415
    from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy  # noqa: PLC0415

    parts = 1 if node == 0 else shape["ranksPerNode"]
    actor = ray.remote(Host).options(
        num_cpus=shape["cpus"] // parts,
        num_gpus=shape["gpus"] // parts,
        max_concurrency=4,
        scheduling_strategy=PlacementGroupSchedulingStrategy(group, placement_group_bundle_index=node),
    )
    return actor.remote(command, dict(os.environ))


def follow(host: Any, *, passes_input: bool) -> int:
    """Until the process ends; its exit code."""
    import ray  # noqa: PLC0415

    def pass_on() -> None:
        while words := os.read(0, CHUNK_BYTES):
            ray.get(host.tell.remote(words))
        ray.get(host.tell.remote(b""))

    for number in (signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, lambda heard, _: host.signal.remote(heard))
    if passes_input:
        threading.Thread(target=pass_on, daemon=True).start()
    while True:
        stream, words = ray.get(host.hear.remote())
        if stream == 0:
            code = int(words)
            return code if code >= 0 else 128 - code
        os.write(stream, words)


def main(arguments: list[str]) -> int:
    import ray  # noqa: PLC0415

    ray.init(namespace=NAMESPACE, log_to_driver=False, logging_level="ERROR")
    if arguments[0] == "open":
        name, shape, *command = arguments[1:]
        host = start_on(open_gang(name, json.loads(shape)), 0, json.loads(shape), command)
        print(PLACED, ray.get(host.where.remote()), flush=True)
        return follow(host, passes_input=False)
    name, shape, node, *command = arguments
    host = start_on(ray.util.get_placement_group(name), int(node), json.loads(shape), command)
    return follow(host, passes_input=True)


if __name__ == "__main__":
    exit_code = main(sys.argv[1:])
    sys.stdout.flush()
    # Threads may still read from streams that never end.
    os._exit(exit_code)
