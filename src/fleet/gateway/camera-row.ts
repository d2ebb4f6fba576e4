// A camera's row of the status as the page shows it. Pure.
import { FLEET_STATES, type FleetCamera, type ShownState } from '../../sinks/page/protocol.js';
import { SOURCE_STATES } from '../../types.js';
import { recordIn } from '../core/records.js';
import type { CameraStatus } from '../status.js';
import { z } from 'zod';

const STATES: readonly string[] = [...SOURCE_STATES, ...FLEET_STATES];

const labelsSchema = z.object({ labels: z.record(z.string(), z.string()).optional() });

/** What a camera does, and why where that is known. */
export function stateOf({ state, refused, trouble, source }: CameraStatus): {
  readonly state: ShownState;
  readonly reason?: string;
} {
  const reason = refused ?? trouble ?? source?.reason;
  // A worker of another version may know more states than this one.
  const shown = state === 'reading' ? 'file' : STATES.includes(state) ? (state as ShownState) : 'silent';
  return { state: shown, ...(reason !== undefined && { reason }) };
}

/** A row for the page. @param record The camera as it was applied. */
export function fleetCamera(row: CameraStatus, record: string | undefined): FleetCamera {
  const { id, worker, fps, reading } = row;
  const { labels } = recordIn(labelsSchema, record ?? '') ?? {};
  return {
    id,
    ...stateOf(row),
    ...(worker !== undefined && { worker }),
    // So that a row changes where something does, and not with every second.
    ...(fps !== undefined && { fps: Math.round(2 * fps) / 2 }),
    ...(reading && { reading: { id: reading.id, value: reading.value } }),
    ...(labels && { labels }),
  };
}
