// Owns what a fleet's parts are called at the broker: streams, buckets, subjects. Data and rules for names only.

/** What a fleet is called where nobody says. */
export const DEFAULT_FLEET = 'lq';

/** The rule for names of fleets and cameras: they are parts of subjects. */
export const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/** The rule in words. */
export const NAME_RULE = 'must be 1 to 64 letters, digits, "_" or "-", the first a letter or digit';

/** The kinds of subjects: two logs; what is told; what is asked by those who look at a camera, and shown to them. */
export type SubjectKind = 'predictions' | 'readings' | 'stats' | 'states' | 'doubts' | 'looks' | 'pictures' | 'shown';

/** Names of one fleet's parts. */
export interface FleetNames {
  readonly fleet: string;
  readonly buckets: Readonly<Record<'leases' | 'members' | 'orders' | 'claims' | 'cameras' | 'memory', string>>;
  readonly streams: Readonly<Record<'predictions' | 'readings', string>>;
  /** `FLEET.predictions.CAMERA`, and so on. */
  subject(kind: SubjectKind, camera: string): string;
  /** `FLEET.workers.INSTANCE`: what other workers say to this one. */
  worker(instance: string): string;
}

/** The names of a fleet's parts. @param fleet Fits {@link NAME}. */
export function namesOf(fleet: string): FleetNames {
  const bucket = (part: string): string => `${fleet}-${part}`;
  return {
    fleet,
    buckets: {
      leases: bucket('leases'),
      members: bucket('members'),
      orders: bucket('orders'),
      claims: bucket('claims'),
      cameras: bucket('cameras'),
      memory: bucket('memory'),
    },
    streams: { predictions: bucket('predictions'), readings: bucket('readings') },
    subject: (kind, camera) => `${fleet}.${kind}.${camera}`,
    worker: (instance) => `${fleet}.workers.${instance}`,
  };
}
