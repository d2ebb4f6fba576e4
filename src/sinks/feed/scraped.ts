// Metrics that are read off figures when somebody scrapes, and those of the process. It must not know whose they are.
import { Counter, Gauge, type Registry } from 'prom-client';

/** A value with its labels. */
export type Sample = readonly [value: number, labels?: Readonly<Record<string, string>>];

/** One metric. */
interface Scraped {
  readonly name: string;
  readonly help: string;
  /** The values now; where there are none the metric is left out. */
  readonly read: () => readonly Sample[];
  /** Names of the labels. */
  readonly labels: readonly string[];
}

/** Metrics of one registry. */
export class ScrapedMetrics {
  readonly #registers: [Registry];

  constructor(registry: Registry) {
    this.#registers = [registry];
  }

  /** Something that goes up and down. */
  gauge(name: string, help: string, read: () => readonly Sample[], labels: readonly string[] = []): void {
    new Gauge({
      ...this.#options({ name, help, read, labels }),
      collect() {
        fill(this, read(), labels, (label, value) => this.set(label, value));
      },
    });
  }

  /** Something that was counted elsewhere, and never goes down but to 0. */
  counter(name: string, help: string, read: () => readonly Sample[], labels: readonly string[] = []): void {
    new Counter({
      ...this.#options({ name, help, read, labels }),
      collect() {
        // What counts takes the place of what was scraped before.
        fill(this, read(), labels, (label, value) => this.inc(label, value));
      },
    });
  }

  /**
   * What the process takes, as other programs call it.
   * @param now The wall clock in milliseconds since 1970.
   */
  process(now: number): void {
    this.counter('process_cpu_seconds_total', 'Processor time of this process, without ffmpeg.', () => {
      const { user, system } = process.cpuUsage();
      return [[(user + system) / 1e6]];
    });
    this.gauge('process_resident_memory_bytes', 'Memory of this process, without ffmpeg.', () => [
      [process.memoryUsage.rss()],
    ]);
    const started = now / 1000 - process.uptime();
    this.gauge('process_start_time_seconds', 'When this process began.', () => [[started]]);
  }

  #options({ name, help, labels }: Scraped): {
    name: string;
    help: string;
    labelNames: string[];
    registers: [Registry];
  } {
    return { name, help, labelNames: [...labels], registers: this.#registers };
  }
}

function fill(
  metric: { reset(): void; remove(): void },
  found: readonly Sample[],
  labels: readonly string[],
  put: (labels: Readonly<Record<string, string>>, value: number) => void,
): void {
  // A label that is no more must not stay at its last value.
  metric.reset();
  for (const [value, label = {}] of found) put(label, value);
  // Without labels a reset leaves a 0.
  if (labels.length + found.length === 0) metric.remove();
}
