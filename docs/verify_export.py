"""Check an export of a loop's history, without Doorway: python verify_export.py [head] < export.ndjson."""

import hashlib
import json
import sys


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def broken(lines, head=""):
    previous = ""
    for number, line in enumerate(lines, 1):
        entry, said = json.loads(line), json.loads(json.loads(line)["body"])
        if sha256(entry["body"]) != entry["hash"]:
            return f"entry {number} is not the text that was hashed"
        if (said["position"], said["previous"]) != (number, previous):
            return f"entry {number} does not follow the one before it"
        for field, text in entry["texts"].items():
            if text and text["salt"] and sha256(text["salt"] + text["text"]) != said["texts"][field]:
                return f"the text {field} of entry {number} was changed"
        previous = entry["hash"]
    return f"the history ends at {previous}, not at {head}" if head not in ("", previous) else None


lines = sys.stdin.buffer.read().decode().strip("\n").split("\n")
masked = sum(text["salt"] is None for line in lines for text in json.loads(line)["texts"].values() if text)
intact = f"intact: {len(lines)} entries" + (f", {masked} masked texts not checked" if masked else "")
sys.exit(broken(lines, *sys.argv[1:]) or print(intact))
