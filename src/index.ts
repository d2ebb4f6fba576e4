// The public API and nothing else.
export { parsePipeline, pipelineHash, pipelineJsonSchema, readPipeline, type PipelineConfig } from './config.js';
export { EXIT, ModelError, SourceError, UsageError, UserError } from './base/errors.js';
export {
  PROTOCOL,
  toLine,
  toMessage,
  type FeedMessage,
  type PredictionMessage,
  type RejectionMessage,
} from './sinks/messages.js';
export { serve, type FeedServer, type ServeOptions } from './sinks/feed/server.js';
export { listModels, readModel, type Model } from './model/folder.js';
export { run, type PipelineOptions } from './pipeline.js';
export { evidence, judge } from './gate/gate.js';
export { openScorer, type Engine, type Scorer } from './scoring/scorer.js';
export { frames, SourceMonitor, type SourceOptions } from './source/source.js';
export * from './types.js';
