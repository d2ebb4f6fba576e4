// The line between those who look at cameras and those who read them, over plain subjects of NATS.
import type { LookLine } from '../look/look-line.js';
import { lookIn } from '../look/messages.js';
import type { FleetNames, SubjectKind } from '../names.js';
import type { Connection } from './connection.js';

/** The line of a fleet of these names. */
export function natsLookLine(connection: Connection, names: FleetNames): LookLine {
  const { nats } = connection;
  const publish = async (kind: SubjectKind, camera: string, what: Uint8Array | string): Promise<void> => {
    connection.checkConnected();
    if (Buffer.byteLength(what) > (nats.info?.max_payload ?? 2 ** 20)) return;
    nats.publish(names.subject(kind, camera), what);
    // Answered after all that was sent before, and after all that was to come before.
    await nats.flush();
  };
  const hear = (kind: SubjectKind, camera: string, heard: (bytes: Uint8Array) => void): (() => void) => {
    const subscription = nats.subscribe(names.subject(kind, camera), {
      callback: (error, message) => {
        if (!error) heard(message.data);
      },
    });
    return () => subscription.unsubscribe();
  };
  return {
    ask: (camera, look) => publish('looks', camera, JSON.stringify(look)),
    hearAsked: (camera, asked) =>
      hear('looks', camera, (bytes) => {
        const look = lookIn(textOf(bytes));
        if (look) asked(look);
      }),
    show: (camera, what) => publish(typeof what === 'string' ? 'shown' : 'pictures', camera, what),
    hearShown: (camera, { picture, text }) => {
      const stops = [hear('pictures', camera, picture), hear('shown', camera, (bytes) => text(textOf(bytes)))];
      return () => {
        for (const stop of stops) stop();
      };
    },
  };
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}
