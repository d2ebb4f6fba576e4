// Writes pipelines/schema.json and pipelines/fleet-schema.json from the definitions in src/config.ts and
// src/fleet/fleet-file.ts (built into dist/): `npm run schema`.
import { writeFileSync } from 'node:fs';
import { pipelineJsonSchema } from '../dist/config.js';
import { fleetJsonSchema } from '../dist/fleet/fleet-file.js';

for (const [file, schema] of [
  ['schema.json', pipelineJsonSchema()],
  ['fleet-schema.json', fleetJsonSchema()],
])
  writeFileSync(new URL(`../pipelines/${file}`, import.meta.url), `${JSON.stringify(schema, undefined, 2)}\n`);
