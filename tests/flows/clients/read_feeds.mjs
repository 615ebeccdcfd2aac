// Read feeds as readers on Node.js do; prints the links that each finds, by reader and address, as JSON.

import { json } from "node:stream/consumers";
import { parseJsonFeed } from "feedsmith";
import Parser from "rss-parser";

const { atom, json_feeds } = await json(process.stdin);
const found = { "rss-parser": {}, feedsmith: {} };
for (const url of atom) {
  const feed = await new Parser().parseURL(url);
  found["rss-parser"][url] = [feed.link, feed.feedUrl, ...feed.items.map((each) => each.link)];
}
for (const url of json_feeds) {
  const feed = parseJsonFeed(await (await fetch(url)).text());
  found.feedsmith[url] = [feed.home_page_url, feed.feed_url, ...feed.items.map((each) => each.url)];
}
console.log(JSON.stringify(found));
