// Owns the times of a live picture: one line of presentation times over all connections, and by how much a picture came
// late, because this program was not reading or because its stream fell behind. Pure but for what it remembers of the
// pictures before.

/** When a picture came. */
export interface Coming {
  /** Seconds on the clock of its connection; undefined where the stream has none, but counts its pictures. */
  readonly presented: number | undefined;
  /** Seconds on the run's clock, which never goes back. */
  readonly arrived: number;
  /** Of the seconds of that clock, those that the thread has spent waiting for something to read. */
  readonly idle: number;
}

/** Where a picture stands in time. */
export interface Place {
  /** Seconds since the first picture of the run; grows from picture to picture, over all connections. */
  readonly time: number;
  /** Seconds by which it came later than it could have, >= 0: as it lay unread, or its stream has fallen behind. */
  readonly late: number;
  /** Of these, those for which it lay unread, with newer ones behind it. */
  readonly unread: number;
}

/** Seconds by which a stream's own clock may run ahead of the run's from one picture to the next: more is a leap. */
const LARGEST_LEAP = 2;

/** What one picture is later than the one before at least, in seconds: a microsecond, as lines have it. */
const SMALLEST_STEP = 1e-6;

/** A thread that waited for this share of the time between two pictures had read all that there was. */
const IDLE_SHARE = 0.5;

/**
 * By how much a camera's clock may be slower than this machine's: quartzes are off by a tenth of that. A stream whose
 * times fall behind faster does so because something on its way is too slow for it.
 */
const DRIFT = 0.0005;

/** Weight of the newest interval in the usual one, where pictures have no times. */
const NEWEST = 0.02;

/**
 * The times of one live source. A program that is busy with a picture does not read the next ones: they wait in pipes
 * and sockets, and look new when they come out. So lateness is kept as a debt: it grows by the time that passes, shrinks
 * by the time that the pictures read stand for, and is paid when the thread had to wait for the next one. What else is
 * too slow, the decoder or the network, shows in the times of streams that have true ones: the time from presentation to
 * arrival grows, over the least that it was on this connection.
 */
export class Timeline {
  #before: (Coming & { readonly time: number }) | undefined;
  #unread = 0;
  /** The least time from presentation to arrival on this connection, on clocks of different zeros. */
  #least = Infinity;
  /** Usual seconds between two pictures that have no times. */
  #usual: number | undefined;

  /** A new connection: its clock has nothing to do with the one before, and nothing waits in it. */
  begin(): void {
    if (this.#before) this.#before = { ...this.#before, presented: undefined };
    this.#unread = 0;
    this.#least = Infinity;
    this.#usual = undefined;
  }

  /**
   * Takes the next picture.
   * @param isTrue whether the stream's times are those at which pictures were taken, and not made up from a rate
   */
  add(now: Coming, isTrue = false): Place {
    const before = this.#before;
    if (!before) {
      this.#before = { ...now, time: 0 };
      this.#behind(now, 0, false);
      return { time: 0, late: 0, unread: 0 };
    }
    const passed = now.arrived - before.arrived;
    const leapt = hasLeapt(before, now, passed);
    const shown = leapt ? this.#guessed(now, passed) : now.presented! - before.presented!;
    const waited = now.idle - before.idle;
    this.#unread = waited >= IDLE_SHARE * shown ? 0 : Math.max(0, this.#unread + passed - shown);
    const behind = this.#behind(now, passed, leapt);
    const timed = now.presented !== undefined && before.presented !== undefined;
    const time = before.time + Math.max(SMALLEST_STEP, timed ? shown : passed);
    this.#before = { ...now, time };
    return { time, late: Math.max(this.#unread, isTrue ? behind : 0), unread: this.#unread };
  }

  /** Seconds by which the stream has fallen behind its best on this connection. */
  #behind({ presented, arrived }: Coming, passed: number, leapt: boolean): number {
    if (presented === undefined) return 0;
    const lag = arrived - presented;
    this.#least = leapt ? lag : Math.min(lag, this.#least + DRIFT * passed);
    return lag - this.#least;
  }

  /** Seconds that the picture before was in sight, where the stream's own clock can't be believed or there is none. */
  #guessed({ presented }: Coming, passed: number): number {
    if (presented !== undefined) return passed;
    this.#usual = this.#usual === undefined ? passed : this.#usual + NEWEST * (passed - this.#usual);
    return this.#usual;
  }
}

/** Whether the stream's own clock can't be believed from one picture to the next, or there is none. */
function hasLeapt(before: Coming, now: Coming, passed: number): boolean {
  if (now.presented === undefined || before.presented === undefined) return true;
  const step = now.presented - before.presented;
  return !(step > 0 && step <= passed + LARGEST_LEAP);
}
