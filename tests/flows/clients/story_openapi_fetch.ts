// What a partner does with openapi-fetch and the types that openapi-typescript makes.
//
// It reads addresses and keys as JSON from its input, and prints what came of it as JSON.

import { json } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import createClient from "openapi-fetch";
import type { paths } from "./doorway";

type Given = { url: string; partner_key: string; trust_key: string; trust: string };
type Answer<Body> = { data?: Body; error?: unknown; response: Response };

const TRIES = 30;

/** Ask, and again as `Retry-After` says. */
async function ask<Body>(send: () => Promise<Answer<Body>>): Promise<Body> {
  for (let tried = 0; tried < TRIES; tried++) {
    const { data, error, response } = await send();
    if (data !== undefined) return data;
    const seconds = response.headers.get("Retry-After");
    if (seconds === null) throw new Error(`${response.url}: ${response.status} ${JSON.stringify(error)}`);
    await setTimeout(Number(seconds) * 1000);
  }
  throw new Error(`not in ${TRIES} tries`);
}

/** Look a postcode up, follow cursors, give feedback, and take a loop to `acknowledged`. */
async function play({ url, partner_key, trust_key, trust }: Given) {
  const keyed = (key: string) =>
    createClient<paths>({ baseUrl: url, headers: { Authorization: `Bearer ${key}` } });
  const partner = keyed(partner_key);
  const staff = keyed(trust_key);

  const found = await ask(() => partner.POST("/v1/lookup", { body: { postcode: "NE1 4LP" } }));

  const listed: string[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < 3; page++) {
    const { items, next } = await ask(() =>
      partner.GET("/v1/footprints", { params: { query: { limit: 2, cursor } } }),
    );
    listed.push(...items.map((each) => each.id));
    if (!next) break;
    cursor = new URL(next, url).searchParams.get("cursor") ?? undefined;
  }

  const said = { kind: "comment" as const, text: "Nobody answers.", organisations: [trust] };
  const receipt = await ask(() => partner.POST("/v1/feedback", { body: said }));

  const actor = "demo-1; role=engagement lead";
  const loop = await ask(() =>
    staff.POST("/v1/loops", {
      params: { header: { "Doorway-Actor": actor } },
      body: {
        title: "Desk",
        you_said: "Nobody answers.",
        feedback_ids: [receipt.id],
        organisation: trust,
        demonstration: true,
      },
    }),
  );
  const path = { loop_id: loop.id };
  const preview = await ask(() => staff.GET("/v1/loops/{loop_id}/tellings/preview", { params: { path } }));
  const after = await ask(() =>
    staff.POST("/v1/loops/{loop_id}/acknowledgement", {
      params: { path, header: { "Doorway-Actor": actor, "If-Match": `"${loop.version}"` } },
      body: { moderated: true, preview_id: preview.preview_id },
    }),
  );
  return {
    footprint: found.footprint?.name,
    listed,
    states: [loop.state, after.state],
    acknowledged_at: after.acknowledged_at,
  };
}

json(process.stdin).then(async (given) => console.log(JSON.stringify(await play(given as Given))));
