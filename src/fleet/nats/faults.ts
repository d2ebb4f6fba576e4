// What NATS answers -> the faults that a fleet knows.
import { JetStreamApiError } from '@nats-io/jetstream';
import { errors } from '@nats-io/transport-node';
import { BrokerError, type BrokerFault } from '../core/broker.js';

/** Codes of JetStream's answers (its error.json) that mean something here. */
const CODES: Readonly<Record<number, BrokerFault>> = {
  // wrong last sequence, also where it is not told
  10071: 'refused',
  10164: 'refused',
  // insufficient resources, resource limits, storage and memory of account or server, limits of the stream
  10023: 'full',
  10028: 'full',
  10047: 'full',
  10077: 'full',
  10122: 'full',
  // no such stream
  10059: 'missing',
};

/** The fault of an answer, as an error; what is no answer of NATS is given back as it is. */
export function asBrokerError(error: unknown): unknown {
  if (error instanceof BrokerError || !(error instanceof Error)) return error;
  const fault = faultIn(error);
  return fault === undefined ? error : new BrokerError(fault, error.message, { cause: error });
}

function faultIn(error: Error): BrokerFault | undefined {
  if (error instanceof JetStreamApiError) {
    const known = CODES[error.code];
    if (known !== undefined) return known;
    return /no space|disk|storage/i.test(error.message) ? 'full' : 'unavailable';
  }
  if (error instanceof errors.PermissionViolationError || error instanceof errors.AuthorizationError) return 'denied';
  const away = [
    errors.TimeoutError,
    errors.NoRespondersError,
    errors.RequestError,
    errors.ClosedConnectionError,
    errors.DrainingConnectionError,
    errors.ConnectionError,
  ];
  if (isNotEnabled(error) || away.some((kind) => error instanceof kind))
    return error.cause instanceof errors.PermissionViolationError ? 'denied' : 'unavailable';
  return undefined;
}

/** Whether nobody listened: no stream has the subject, or JetStream is still starting. */
export function nobodyListened(error: unknown): boolean {
  return isNotEnabled(error) || (error instanceof errors.RequestError && error.isNoResponders());
}

/** The client's own name for an API that nobody answers; its class is not exported. */
function isNotEnabled(error: unknown): boolean {
  return error instanceof Error && error.name === 'JetStreamNotEnabled';
}
