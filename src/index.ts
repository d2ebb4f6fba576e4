// The public API and nothing else.
export type { Clock } from './base/clock.js';
export type { Credentials } from './base/credentials.js';
export { ModelError, SourceError, UsageError, UserError, EXIT } from './base/errors.js';
export {
  parsePipeline,
  pipelineHash,
  pipelineJsonSchema,
  readPipeline,
  type ConfigOverrides,
  type PipelineConfig,
  type PipelineInput,
} from './config.js';
export { evidence, judge } from './gate/gate.js';
export { refuse, type Rule } from './gate/rule.js';
export { listModels, readModel, type Model } from './model/folder.js';
export { run, type PipelineOptions } from './pipeline.js';
export type { TurnFinding, Turns } from './pipeline/turns.js';
export { RunObserver, type ObserverClock, type RunObserverOptions } from './pipeline/observer.js';
export { PipelineEditing, type DrawnOn, type EditingOptions, type EditState } from './pipeline/editing.js';
export type { YamlChange } from './base/yaml-edit.js';
export type { FixedRegion } from './regions/place.js';
export type { ProbedFrame } from './pipeline/prober.js';
export { ChangingSettings, type Settings } from './pipeline/settings.js';
export { ReadingsMemory } from './readings/memory.js';
export type { Kept, Moment } from './readings/keeper.js';
export type { Value } from './readings/value.js';
export {
  observeDigits,
  readDigits,
  readInto,
  readNumbers,
  type DigitStream,
  type ReadDigitsOptions,
  type ReadNumbersOptions,
  type ReadOptions,
} from './read-digits.js';
export { openScorer, type Engine, type Scorer } from './scoring/scorer.js';
export { createFeed, type FeedOptions } from './sinks/feed.js';
export { createFile, type FileOptions } from './sinks/file.js';
export { createInflux, type InfluxOptions } from './sinks/influx.js';
export { createMqtt, type MqttOptions } from './sinks/mqtt.js';
export type { MemoryLimits } from './sinks/sending/queue.js';
export { createStore, type StoreOptions } from './sinks/store.js';
export { createWebhook, type WebhookOptions } from './sinks/webhook.js';
export { createLines, type LinesOptions } from './sinks/lines.js';
export {
  PROTOCOL,
  type EndMessage,
  type FeedMessage,
  type GapMessage,
  type HelloMessage,
  type NumberMessage,
  type PredictionMessage,
  type ReadingDoubtMessage,
  type ReadingMessage,
  type RefusedReadingMessage,
  type SightingMessage,
  type RejectionMessage,
  type SourceMessage,
  type StatsMessage,
} from './sinks/messages.js';
export {
  sink,
  type Ending,
  type Outgoing,
  type PublishedFrame,
  type Past,
  type ReadingsShown,
  type RunInfo,
  type RunSettings,
  type Sink,
} from './sinks/sink.js';
export type { DeviceForm, LiveAsked } from './source/kinds/kind.js';
export type { LiveClock } from './source/live/clock.js';
export type { LiveSettings } from './source/live/live-run.js';
export { frames, SourceMonitor, type SourceInfo, type SourceOptions } from './source/source.js';
export * from './types.js';
