// Owns the question what a web server says that an address is: asked once, of what gave no picture. It reads nothing of
// what is sent.
import type { Address } from './address.js';

/** Milliseconds that a server has for its answer. */
const PATIENCE = 5_000;

/** The content type that a server answers with, in small letters; undefined where it does not answer well. */
export async function contentType({ url }: Pick<Address, 'url'>): Promise<string | undefined> {
  const target = new URL(url);
  const { username, password } = target;
  [target.username, target.password] = ['', ''];
  const basic = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), PATIENCE);
  try {
    const answer = await fetch(target, {
      signal: over.signal,
      headers: username === '' && password === '' ? {} : { authorization: `Basic ${basic}` },
    });
    return answer.ok ? answer.headers.get('content-type')?.toLowerCase() : undefined;
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
    over.abort();
  }
}
