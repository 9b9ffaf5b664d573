"""Downloads one repository with Python's huggingface_hub; prints the seconds inside, imports left out."""

import sys
import time

from huggingface_hub import snapshot_download

start = time.perf_counter()
snapshot_download(sys.argv[1])
print(time.perf_counter() - start)
