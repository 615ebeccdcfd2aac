"""Read feeds with feedparser, as most readers in Python do; run by the generators' own Python.

It prints the links that it finds, by reader and address, as JSON.
"""

import json
import sys

import feedparser


def links_of(url: str) -> list[str]:
    """The links of a feed and of its entries; SystemExit if it is not well formed."""
    found = feedparser.parse(url)
    if found.bozo:
        raise SystemExit(f"{url}: {found.bozo_exception}")
    # What a reader opens, and whatever stands in the feed besides.
    opened = [found.feed.link, *(entry.link for entry in found.entries)]
    return opened + [link.href for part in (found.feed, *found.entries) for link in part.links]


if __name__ == "__main__":
    print(json.dumps({"feedparser": {url: links_of(url) for url in json.load(sys.stdin)["atom"]}}))
