// Writes pipelines/schema.json from the one definition in src/config.ts (built into dist/): `npm run schema`.
import { writeFileSync } from 'node:fs';
import { pipelineJsonSchema } from '../dist/config.js';

writeFileSync(
  new URL('../pipelines/schema.json', import.meta.url),
  `${JSON.stringify(pipelineJsonSchema(), undefined, 2)}\n`,
);
