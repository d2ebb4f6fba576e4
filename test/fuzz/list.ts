// The kinds of input there are.
import type { Kind } from './kind.js';
import { checkpoint } from './kinds/checkpoint.js';
import { feed } from './kinds/feed.js';
import { idx } from './kinds/idx.js';
import { media } from './kinds/media.js';
import { model } from './kinds/model.js';
import { truth } from './kinds/truth.js';
import { yaml } from './kinds/yaml.js';

/** Every kind. */
export const KINDS: readonly Kind[] = [media, yaml, model, truth, idx, checkpoint, feed];
