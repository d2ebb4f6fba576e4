// The topics of one run. Names only.

/** Where what is told. Retained: all but `prediction` and `doubt`. */
export interface Topics {
  /** `online` or `offline`: whether the program is there. */
  readonly status: string;
  /** Of a live source: what it does, as JSON. */
  readonly source: string;
  /** Figures, as JSON. */
  readonly stats: string;
  readonly prediction: string;
  /** The last reading of a number. */
  reading(id: string): string;
  /** A question about one. */
  doubt(id: string): string;
}

/** `PREFIX/NAME/...`: what several runs tell one broker stays apart, whether they are there included. */
export function topicsOf(prefix: string, name: string): Topics {
  const base = `${prefix}/${name}`;
  return {
    status: `${base}/status`,
    source: `${base}/source`,
    stats: `${base}/stats`,
    prediction: `${base}/prediction`,
    reading: (id) => `${base}/reading/${id}`,
    doubt: (id) => `${base}/doubt/${id}`,
  };
}

/** What may stand before the name: levels of a topic without wildcards, `$` at the front and empty levels. */
export const PREFIX = /^(?!\$)[^/+#\0\s]{1,64}(\/[^/+#\0\s]{1,64}){0,7}$/;
