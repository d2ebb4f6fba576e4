// The run's figures as Prometheus scrapes them: names, labels out of closed sets, text. It must not serve them.
import { Histogram, Registry } from 'prom-client';
import { READING_RULES, REJECTIONS, SOURCE_FAULTS, SOURCE_STATES, type SourceChange, type Stats } from '../../types.js';
import type { PublishedFrame } from '../sink.js';
import { ScrapedMetrics, type Sample } from './scraped.js';

/** Upper bounds of the buckets of `lq_frame_age_seconds`, seconds: the default `source.maxAge` is among them. */
const AGES = [0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2, 5];

/** What the metrics are made of. */
export interface MetricsOptions {
  /** What the run is called: the label `camera` of every metric. */
  readonly name: string;
  /** Labels of `lq_build_info`: what holds now. */
  readonly build: () => { readonly version: string; readonly model: string; readonly pipeline: string };
  /** The figures now. */
  readonly stats: () => Stats;
  /** Clients of the feed now. */
  readonly clients: () => number;
  /** Names of sinks that were given up. */
  readonly lost: () => readonly string[];
  /** The wall clock in milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * The metrics of one run, in a registry of their own. Most are read off the figures when somebody scrapes; what the
 * figures don't hold (ages, when something was last seen) is kept here, a few numbers in all.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #scraped = new ScrapedMetrics(this.#registry);
  readonly #options: MetricsOptions;
  readonly #ages: Histogram;
  /** The figures of this scrape. */
  #stats: Stats;
  readonly #reconnects = new Map<string, number>();
  #fault: string = 'failed';
  #reconnected = 0;
  #lastFrame: number | undefined;
  #lastReading: number | undefined;

  constructor(options: MetricsOptions) {
    this.#options = options;
    this.#stats = options.stats();
    this.#registry.setDefaultLabels({ camera: options.name });
    this.#ages = new Histogram({
      name: 'lq_frame_age_seconds',
      help: 'Seconds from the arrival of a live picture to its verdict.',
      buckets: AGES,
      registers: [this.#registry],
    });
    this.#declareRun();
    this.#declareSource();
    this.#declareVerdicts();
    this.#declareReadings();
    this.#declareSinks();
    this.#scraped.process(options.now());
  }

  /** What `Content-Type` the text has. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Everything, in Prometheus' text format. */
  text(): Promise<string> {
    this.#stats = this.#options.stats();
    return this.#registry.metrics();
  }

  /** Takes a frame: when the newest was seen, how old it was, when a number was told. */
  frame({ frame, age, readings }: Pick<PublishedFrame, 'frame' | 'age' | 'readings'>): void {
    this.#lastFrame = frame.arrival?.at ?? this.#options.now();
    if (age !== undefined) this.#ages.observe(age);
    if (readings && readings.told.length > 0) this.#lastReading = this.#options.now();
  }

  /** Takes a change of a live source: what it came back after. */
  state({ state, fault = 'failed', reconnects }: SourceChange): void {
    if (state === 'retrying') this.#fault = fault;
    if (reconnects <= this.#reconnected) return;
    this.#reconnects.set(this.#fault, (this.#reconnects.get(this.#fault) ?? 0) + reconnects - this.#reconnected);
    this.#reconnected = reconnects;
  }

  #declareRun(): void {
    const { build, clients } = this.#options;
    this.#scraped.gauge('lq_build_info', 'Version, model and pipeline of the run; always 1.', () => [[1, build()]], [
      'version',
      'model',
      'pipeline',
    ]);
    this.#scraped.gauge('lq_frames_per_second', 'Frames read a second, over the last two.', () => [[this.#stats.fps]]);
    this.#scraped.gauge('lq_lag_seconds', 'Seconds from decoding the newest frame to its publication.', () => [
      [this.#stats.lag],
    ]);
    this.#scraped.gauge('lq_feed_clients', 'Clients connected to the feed.', () => [[clients()]]);
  }

  #declareSource(): void {
    const source = (): Stats['source'] => this.#stats.source;
    this.#scraped.gauge(
      'lq_source_up',
      'Whether pictures come that can be believed (a file: whether it is read).',
      () => [[isUp(this.#stats) ? 1 : 0]],
    );
    this.#scraped.gauge(
      'lq_source_state',
      'What a live source does: 1 for the state that it is in.',
      () => (source() ? SOURCE_STATES.map((state): Sample => [source()?.state === state ? 1 : 0, { state }]) : []),
      ['state'],
    );
    this.#scraped.counter(
      'lq_source_reconnects_total',
      'Times that pictures of a live source came again, by what it had stopped for.',
      () => (source() ? SOURCE_FAULTS.map((reason): Sample => [this.#reconnects.get(reason) ?? 0, { reason }]) : []),
      ['reason'],
    );
    this.#scraped.counter('lq_frames_decoded_total', 'Frames that were decoded.', () =>
      optional(this.#stats.decoding?.decoded),
    );
    this.#scraped.counter(
      'lq_frames_dropped_total',
      'Decoded frames that were not read.',
      () => {
        const { skipped = 0, overwritten = 0, outdated = 0 } = this.#stats.decoding ?? {};
        return Object.entries({ skipped, overwritten, outdated }).map(([reason, n]): Sample => [n, { reason }]);
      },
      ['reason'],
    );
    this.#scraped.gauge('lq_last_frame_timestamp_seconds', 'When the newest frame that was read came.', () =>
      optional(inSeconds(this.#lastFrame)),
    );
  }

  #declareVerdicts(): void {
    this.#scraped.counter('lq_frames_total', 'Frames that were read.', () => [[this.#stats.frames]]);
    this.#scraped.counter('lq_frames_truncated_total', 'Frames that were searched in part only.', () => [
      [this.#stats.truncated],
    ]);
    this.#scraped.counter('lq_regions_total', 'Places that were looked at.', () => [[this.#stats.regions]]);
    this.#scraped.counter('lq_predictions_total', 'Digits that were accepted.', () => [[this.#stats.accepted]]);
    this.#scraped.counter(
      'lq_rejections_total',
      'Places where no digit was told, by what refused it.',
      () => REJECTIONS.map((reason): Sample => [this.#stats.rejected[reason], { reason }]),
      ['reason'],
    );
    this.#scraped.counter('lq_truth_digits_total', 'Digits of the truth file in the frames that were read.', () =>
      optional(this.#stats.truth?.digits),
    );
    this.#scraped.counter('lq_truth_leaked_total', 'Of these, accepted as something else.', () =>
      optional(this.#stats.truth?.leaked),
    );
  }

  #declareReadings(): void {
    this.#scraped.counter('lq_readings_total', 'Numbers that were told.', () => optional(this.#stats.readings?.told));
    this.#scraped.counter(
      'lq_readings_refused_total',
      'Numbers that were refused, by the rule that they break.',
      () => {
        const refused = this.#stats.readings?.refused;
        return refused ? READING_RULES.map((reason): Sample => [refused[reason], { reason }]) : [];
      },
      ['reason'],
    );
    this.#scraped.counter('lq_reading_doubts_total', 'Times that people were asked whether a number is right.', () =>
      optional(this.#stats.readings?.doubts),
    );
    this.#scraped.gauge('lq_reading_last_accepted_timestamp_seconds', 'When a number was told last.', () =>
      optional(inSeconds(this.#lastReading)),
    );
  }

  #declareSinks(): void {
    const of = (pick: (figures: NonNullable<Stats['sinks']>[string]) => number) => (): Sample[] =>
      Object.entries(this.#stats.sinks ?? {}).map(([sink, figures]): Sample => [pick(figures), { sink }]);
    const labels = ['sink'];
    this.#scraped.gauge(
      'lq_sink_queue',
      'Messages that wait to be taken.',
      of(({ queued }) => queued),
      labels,
    );
    this.#scraped.counter(
      'lq_sink_sent_total',
      'Messages that were acknowledged.',
      of(({ sent }) => sent),
      labels,
    );
    this.#scraped.counter(
      'lq_sink_failures_total',
      'Attempts to hand messages over that failed.',
      of(({ failed }) => failed),
      labels,
    );
    this.#scraped.counter(
      'lq_sink_dropped_total',
      'Messages that were given up.',
      of(({ dropped }) => dropped),
      labels,
    );
    this.#scraped.gauge(
      'lq_sink_lost',
      'Sinks that failed and were given up: 1 for each.',
      () => this.#options.lost().map((sink): Sample => [1, { sink }]),
      labels,
    );
  }
}

/** Of a live source whether it is `live`; of others whether frames come. */
function isUp({ source, decoding, frames }: Stats): boolean {
  return source ? source.state === 'live' : (decoding?.decoded ?? frames) > 0;
}

function optional(value: number | undefined): readonly Sample[] {
  return value === undefined ? [] : [[value]];
}

function inSeconds(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : milliseconds / 1000;
}
