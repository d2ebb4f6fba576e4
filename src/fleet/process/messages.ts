// What a worker and the process of a camera say to each other. Types only.
import type { LogName } from '../core/broker.js';
import type { Parcel } from '../core/outbox.js';
import type { CameraRecord } from '../fleet-file.js';
import type { Look, ShownKind } from '../look/messages.js';

/** From the worker. */
export type ToCamera =
  /** Opens the camera, and tells nothing yet. */
  | { readonly type: 'prepare'; readonly camera: CameraRecord; readonly memory: string | undefined }
  /** Tells from now on, numbered on from these. */
  | {
      readonly type: 'begin';
      readonly after: Readonly<Record<LogName, number>>;
      readonly memory: string | undefined;
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
  /** It reads: milliseconds since `prepare` until the engine was there, and until the picture was. */
  | { readonly type: 'reads'; readonly engine: number; readonly picture: number }
  | { readonly type: 'parcel'; readonly log: LogName; readonly parcel: Parcel }
  | { readonly type: 'doubt'; readonly message: Readonly<Record<string, unknown>> }
  | { readonly type: 'memory'; readonly text: string }
  | { readonly type: 'identity'; readonly identity: Readonly<Record<string, unknown>> }
  | { readonly type: 'state'; readonly message: Readonly<Record<string, unknown>> }
  | { readonly type: 'stats'; readonly figures: Readonly<Record<string, unknown>>; readonly cores: number | undefined }
  /** For those who look at the camera. */
  | { readonly type: 'show'; readonly kind: ShownKind; readonly what: Uint8Array | string }
  | { readonly type: 'say'; readonly text: string }
  /** It was told to stop: no message to be stored comes any more. */
  | { readonly type: 'done' }
  | { readonly type: 'over'; readonly reason: string; readonly final: boolean };
