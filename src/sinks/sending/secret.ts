// Where the secret of a sink comes from: a file, or the environment; never the command line, which every user of the
// machine can read. No message holds one.
import { readTokenFile, tokenOfEnvironment } from '../feed/token.js';

/** What a secret is asked of. */
export interface SecretPlaces {
  /** The file that a person named. */
  readonly file: string | undefined;
  /** How messages call that: `--webhook-secret-file`. */
  readonly option: string;
  /** The variable of the environment that counts without a file. */
  readonly variable: string;
  /** Whose it is, for messages. */
  readonly sink: string;
  readonly say: (text: string) => void;
}

/**
 * The secret; undefined where there is none.
 * @throws UsageError where the file or the variable holds none that can be used.
 */
export async function readSecret({ file, option, variable, sink, say }: SecretPlaces): Promise<string | undefined> {
  if (file === undefined) return tokenOfEnvironment(process.env, variable);
  const { token, warning } = await readTokenFile(file, option, sink);
  if (warning !== undefined) say(`${warning}\n`);
  return token;
}
