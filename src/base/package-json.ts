// What package.json says of this package. It must not know who asks.
import { readFileSync } from 'node:fs';

/** The parts of package.json that the program tells. */
export interface PackageJson {
  readonly version: string;
  readonly repository: { readonly url: string };
}

/** Reads package.json, which lies beside `src/` and `dist/`. */
export function packageJson(): PackageJson {
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as PackageJson;
}
