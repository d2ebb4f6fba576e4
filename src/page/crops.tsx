// Owns a view.
import type { JSX } from 'preact';
import type { Connection } from './connection.js';
/** x */
export function CropsView({ connection }: { readonly connection: Connection }): JSX.Element {
  return <h1>{connection.address}</h1>;
}
