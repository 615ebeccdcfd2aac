"""A program for tests: it says how it was started, then waits for a signal or ends as it is told."""

import json
import os
import signal
import sys

if __name__ == "__main__":
    print(json.dumps({"arguments": sys.argv[1:], "environment": sorted(os.environ), "leads": os.getsid(0)}))
    if sys.argv[1:] == ["wait"]:
        signal.pause()
    sys.exit(3)
