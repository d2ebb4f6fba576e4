// Owns the form in which work of any kind says how far it is. It must not know what is done, or how it is shown.

/** How much is done of what is being done. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  /** What is counted. */
  readonly unit: 'digits' | 'frames' | 'pictures' | 'files' | '% of the fit';
  /** How much of it was there before. */
  readonly kept: number;
}
