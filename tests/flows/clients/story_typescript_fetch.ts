// What a partner does with the typescript-fetch client of openapi-generator.
//
// It reads addresses and keys as JSON from its input, and prints what came of it as JSON.

import { json } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import {
  Configuration,
  FeedbackApi,
  FootprintsApi,
  LookupApi,
  LoopsApi,
  ResponseError,
  TellingsApi,
} from "./doorway_client";

type Given = { url: string; partner_key: string; trust_key: string; trust: string };

const TRIES = 30;

/** Ask, and again as `Retry-After` says. */
async function ask<Body>(send: () => Promise<Body>): Promise<Body> {
  for (let tried = 0; tried < TRIES; tried++) {
    try {
      return await send();
    } catch (refused) {
      if (!(refused instanceof ResponseError)) throw refused;
      const seconds = refused.response.headers.get("Retry-After");
      if (seconds === null) throw new Error(`${refused.response.status} ${await refused.response.text()}`);
      await setTimeout(Number(seconds) * 1000);
    }
  }
  throw new Error(`not in ${TRIES} tries`);
}

/** Look a postcode up, follow cursors, give feedback, and take a loop to `acknowledged`. */
async function play({ url, partner_key, trust_key, trust }: Given) {
  const partner = new Configuration({ basePath: url, accessToken: partner_key });
  const staff = new Configuration({ basePath: url, accessToken: trust_key });

  const found = await ask(() => new LookupApi(partner).lookUp({ place: { postcode: "NE1 4LP" } }));

  const listed: string[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < 3; page++) {
    const { items, next } = await ask(() => new FootprintsApi(partner).listFootprints({ limit: 2, cursor }));
    listed.push(...items.map((each) => each.id));
    if (!next) break;
    cursor = new URL(next, url).searchParams.get("cursor") ?? undefined;
  }

  const newFeedback = { kind: "comment" as const, text: "Nobody answers.", organisations: [trust] };
  const receipt = await ask(() => new FeedbackApi(partner).giveFeedback({ newFeedback }));

  const doorwayActor = "demo-1; role=engagement lead";
  const newLoop = {
    title: "Desk",
    youSaid: "Nobody answers.",
    feedbackIds: [receipt.id],
    organisation: trust,
    demonstration: true,
  };
  const loop = await ask(() => new LoopsApi(staff).draftLoop({ doorwayActor, newLoop }));
  const loopId = loop.id;
  const preview = await ask(() => new TellingsApi(staff).previewTellings({ loopId }));
  const acknowledgement = { moderated: true, previewId: preview.previewId };
  const ifMatch = `"${loop.version}"`;
  const after = await ask(() =>
    new LoopsApi(staff).acknowledgeLoop({ loopId, doorwayActor, ifMatch, acknowledgement }),
  );
  return {
    footprint: found.footprint?.name,
    listed,
    states: [loop.state, after.state],
    acknowledged_at: after.acknowledgedAt?.toISOString(),
  };
}

json(process.stdin).then(async (given) => console.log(JSON.stringify(await play(given as Given))));
