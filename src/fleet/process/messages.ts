// What a worker and the process of a camera say to each other. Types only.
import type { LogName } from '../core/broker.js';
import type { Parcel } from '../core/outbox.js';
import type { CameraRecord } from '../fleet-file.js';
import type { Look, ShownKind } from '../look/messages.js';

/** From the worker. */
export type ToCamera =
  | {
      readonly type: 'run';
      readonly camera: CameraRecord;
      readonly memory: string | undefined;
      readonly after: Readonly<Record<LogName, number>>;
    }
  /** So many parcels were taken since the last time. */
  | { readonly type: 'taken'; readonly count: number }
  /** Somebody looks at the camera; what was shown of it is on its way. */
  | { readonly type: 'look'; readonly look: Look }
  | { readonly type: 'gone'; readonly kind: ShownKind }
  | { readonly type: 'stop' };

/** From the process of a camera. */
export type FromCamera =
  /** It is loaded, and waits for what it is to read. */
  | { readonly type: 'ready' }
  | { readonly type: 'parcel'; readonly log: LogName; readonly parcel: Parcel }
  | { readonly type: 'memory'; readonly text: string }
  | { readonly type: 'identity'; readonly identity: Readonly<Record<string, unknown>> }
  | { readonly type: 'state'; readonly message: Readonly<Record<string, unknown>> }
  | { readonly type: 'stats'; readonly figures: Readonly<Record<string, unknown>>; readonly cores: number | undefined }
  /** For those who look at the camera. */
  | { readonly type: 'show'; readonly kind: ShownKind; readonly what: Uint8Array | string }
  | { readonly type: 'say'; readonly text: string }
  | { readonly type: 'over'; readonly reason: string; readonly final: boolean };
