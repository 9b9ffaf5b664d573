"""A rank that meets the fate its first order names."""

import json
import os
import signal
import sys
import time

act = json.loads(sys.stdin.readline())["spec"]["act"]


def say(message: object) -> None:
    print(json.dumps(message), flush=True)


if act == "full-disk":
    say({"is": "failed", "system": [28, "No space left on device", "/cache/tokens"]})
elif act == "fail":
    say({"is": "failed", "other": "ValueError: no such thing"})
elif act == "die":
    os.kill(os.getpid(), signal.SIGKILL)
elif act == "die-later":
    say({"is": "ready", "reached": []})
    sys.stdin.readline()
    sys.stdin.readline()
    os.kill(os.getpid(), signal.SIGKILL)
else:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(1000)
