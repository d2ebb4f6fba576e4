// The kinds of sink there are: one line each. Their order is that in which a run's sinks are opened and ended.
import { annotate } from './annotate.js';
import { explain } from './explain.js';
import { feed } from './feed.js';
import { file } from './file.js';
import { influx } from './influx.js';
import { leaks } from './leaks.js';
import { lines } from './lines.js';
import { mqtt } from './mqtt.js';
import { readings } from './readings.js';
import { sheet } from './sheet.js';
import type { SinkKind } from './sink.js';
import { store } from './store.js';
import { summary } from './summary.js';
import { webhook } from './webhook.js';

/**
 * Every kind. The store is before those that go on from it; the summary is last, for it tells what became of the others.
 */
export const SINK_KINDS: readonly SinkKind[] = [
  store,
  lines,
  explain,
  annotate,
  sheet,
  leaks,
  feed,
  mqtt,
  webhook,
  influx,
  file,
  readings,
  summary,
];
