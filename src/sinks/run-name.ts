// What topics, tags and tables call a run that nobody has named. Words only; which pipelines are shipped it knows by name.

/** What a name may be: a level of a topic, a tag, and a part of a file's name. */
export const RUN_NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** Pipelines that many runs share: their names say nothing of one. */
const SHARED: ReadonlySet<string> = new Set(['default', 'sheet', 'screen', 'fixed', 'options']);

/** What a run is called of which nothing else is known. */
const NAMELESS = 'lq-stream';

/**
 * A name of a run, by its pipeline's file (`meters/water.yaml`: `water`), else by its source (`clip.mp4`: `clip`;
 * `rtsp://camera:554/a`: `camera`). What may not be in a name becomes `_`.
 * @param source As people are shown it: without a password.
 */
export function runName(pipeline: string, source: string): string {
  const words = SHARED.has(pipeline) ? sourceWords(source) : stem(pipeline);
  const name = words
    .replace(/[^A-Za-z0-9_-]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 64);
  return name === '' ? NAMELESS : name;
}

/** Of an address the host; of a path its last part. */
function sourceWords(source: string): string {
  const host = /^[a-z][a-z0-9+.-]*:\/\/(?:[^@/]*@)?(\[[^\]]*\]|[^/:?]*)/i.exec(source)?.[1];
  return host !== undefined && host !== '' ? host : stem(source);
}

/** The last part of a path, without its extension. */
function stem(path: string): string {
  const last = path.split(/[/\\]/).findLast((part) => part !== '') ?? '';
  return last.replace(/(?<=.)\.[^.]*$/, '');
}
