// The law of who may import whom: one line a room of src/. What a header says of "must not know" is checked here.

/**
 * Rooms and files at the top of src/, each with those that it may import. Everyone may import base/ and types.ts.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
export const MAY_IMPORT = {
  base: [],
  'types.ts': [],
  // What a run is made of.
  kernels: [],
  model: [],
  source: [],
  digits: ['kernels'],
  regions: ['kernels', 'digits'],
  scoring: ['model'],
  gate: [],
  readings: ['gate'],
  // What users ask for; each sink says what may be asked of it.
  'config.ts': ['sinks', 'regions', 'readings'],
  // A run.
  pipeline: ['config.ts', 'kernels', 'model', 'source', 'regions', 'digits', 'scoring', 'gate'],
  'pipeline.ts': ['pipeline', 'config.ts', 'kernels', 'source', 'regions', 'digits', 'scoring', 'gate', 'readings'],
  truth: ['config.ts'],
  sinks: ['pipeline', 'truth', 'readings'],
  // What runs in a browser: forms of messages, and what is pure.
  page: ['sinks', 'gate'],
  'run-into.ts': ['pipeline.ts', 'pipeline', 'gate', 'readings', 'scoring', 'sinks'],
  doctor: ['config.ts', 'pipeline', 'source', 'sinks'],
  // Two doors.
  'read-digits.ts': ['run-into.ts', 'config.ts', 'pipeline', 'gate', 'readings', 'scoring', 'sinks'],
  'index.ts': [
    'read-digits.ts',
    'config.ts',
    'pipeline.ts',
    'pipeline',
    'source',
    'regions',
    'gate',
    'readings',
    'model',
    'scoring',
    'sinks',
  ],
  // What makes and judges models knows the rest; the rest does not know it.
  lab: ['model', 'digits', 'regions', 'kernels', 'gate', 'truth'],
  // Pages go through the whole pipeline; what else is in the lab does not.
  'lab/pages': ['lab', 'truth', 'sinks', 'config.ts', 'pipeline.ts', 'pipeline', 'scoring', 'fixtures'],
  replay: [
    'lab',
    'truth',
    'config.ts',
    'pipeline.ts',
    'pipeline',
    'source',
    'digits',
    'gate',
    'readings',
    'model',
    'scoring',
  ],
  fixtures: ['lab', 'truth', 'sinks', 'digits', 'model'],
  // Many runs on many machines: loaded by its own commands only.
  fleet: ['model', 'config.ts', 'run-into.ts', 'pipeline.ts', 'pipeline', 'readings', 'scoring', 'sinks'],
  cli: [
    'fleet',
    'run-into.ts',
    'doctor',
    'config.ts',
    'pipeline',
    'sinks',
    'truth',
    'scoring',
    'model',
    'gate',
    'readings',
    'lab',
    'lab/pages',
    'replay',
    'fixtures',
  ],
  'cli.ts': ['cli'],
};

/** @param {string} name */
const isFile = (name) => name.endsWith('.ts');

/**
 * What a room may not import, as a pattern of relative paths. Files are matched whole, rooms with all that is in them.
 * @param {string} name
 */
function forbidden(name) {
  const others = Object.keys(MAY_IMPORT).filter(
    (other) => other !== name && other !== 'base' && other !== 'types.ts' && !MAY_IMPORT[name]?.includes(other),
  );
  const ends = others.map((other) => (isFile(other) ? `${other.slice(0, -3)}\\.js$` : `${other}/`));
  const up = isFile(name) ? '\\./' : '(?:\\.\\./)+';
  return `^${up}(?:${ends.join('|')})`;
}

/**
 * One configuration a room: static imports, types and `import()` alike.
 * @type {import('eslint').Linter.Config[]}
 */
export const boundaries = Object.entries(MAY_IMPORT).map(([name, allowed]) => {
  const pattern = forbidden(name);
  const list = allowed.length > 0 ? `, besides base and types, only ${allowed.join(', ')}` : ' only base and types';
  const message = `src/${name} may import${list}: see eslint.boundaries.mjs`;
  return {
    name: `boundaries of ${name}`,
    files: isFile(name) ? [`src/${name}`] : [`src/${name}/**/*.ts`, `src/${name}/**/*.tsx`],
    rules: {
      'no-restricted-imports': ['error', { patterns: [{ regex: pattern, message }] }],
      'no-restricted-syntax': [
        'error',
        { selector: `ImportExpression[source.value=/${pattern.replaceAll('/', '\\/')}/]`, message },
        { selector: `TSImportType[source.value=/${pattern.replaceAll('/', '\\/')}/]`, message },
      ],
    },
  };
});
