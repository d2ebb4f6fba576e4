// Owns what pages are told of the configuration in force. It must not change it.
import type { Settings } from '../../pipeline/settings.js';
import type { RunInfo } from '../sink.js';
import type { ConfigMessage, PageConfig } from './protocol.js';

/** What holds now, of a run that may be edited or not. */
export function configMessage({ setup, thresholds, identity }: RunInfo): ConfigMessage {
  const editing = setup?.editing;
  const now: Pick<Settings, 'thresholds' | 'pipeline'> = editing?.settings.now ?? {
    thresholds,
    pipeline: identity.pipeline,
  };
  const config = editing?.settings.now.config ?? setup?.config;
  return {
    type: 'config',
    ...(editing?.state ?? { revision: 0, unsaved: false, undoable: false }),
    model: identity.model,
    pipeline: now.pipeline,
    config: config ? pageConfig(config) : { gate: {}, regions: { mode: 'auto' }, readings: [] },
    thresholds: { ratio: now.thresholds.ratio, range: now.thresholds.range },
    own: setup?.own ?? { ratio: thresholds.ratio, range: thresholds.range },
    ...(editing && { saves: editing.file }),
  };
}

function pageConfig({ gate, regions, readings = [] }: Settings['config']): PageConfig {
  return {
    gate: { ratio: gate.ratio, range: gate.range },
    regions: regions.mode === 'auto' ? { mode: 'auto' } : { mode: 'fixed', units: regions.units, list: regions.list },
    readings: readings.map(({ id, windows, decimals }) => ({ id, windows, decimals })),
  };
}
