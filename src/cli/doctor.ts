// `lq-stream doctor`: argv -> what a run would need and whether it is there, a line each. Looks at nothing itself.
import { EXIT, UsageError } from '../base/errors.js';
import { readOptions, showHelp } from '../base/options.js';
import { finding, findingsText } from '../doctor/check.js';
import { checksFor } from '../doctor/checks.js';
import { readSinkFlags, sinkFlags } from '../sinks/options.js';

/** What `lq-stream doctor --help` says, ending in a newline. */
export const help = `lq-stream doctor: looks whether everything is there that a run needs

  lq-stream doctor [PIPELINE] [options]

Checks ffmpeg and ffprobe, the engine, the clock, the pipeline (default: default), its model, the
targets of its sinks (a broker lets us in, a host is reached, a file can be written), its port, and
the room on the disk. One line each, with what to do. Nothing is sent or written.

  --source SOURCE     whether this source can be reached
  --mqtt URL, ...     sinks to look at beside those of the pipeline, by the options of lq-stream
  --json              one JSON object: {ok, checks: [{name, ok, said}]}
  -h, --help          this text

Exit codes: 0 all is well   1 something is not
`;

const OPTIONS = { ...sinkFlags, source: { type: 'string' }, json: { type: 'boolean' } } as const;

/** The exit code where something is wrong. */
const UNWELL = 1;

/** Runs `lq-stream doctor ARGV`; the exit code. Throws UsageError for wrong arguments. */
export async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = readOptions('lq-stream doctor', argv, OPTIONS);
  if (values.help) return showHelp(help);
  const [pipeline = 'default', second] = positionals;
  if (second !== undefined) throw new UsageError(`one pipeline at a time, found also "${second}"`);
  const { source, json, help: _, ...asked } = values;
  const sinks = readSinkFlags(asked);
  const checks = checksFor({ pipeline, source: typeof source === 'string' ? source : undefined, sinks, now: Date.now });
  const checked = await Promise.all(checks.map(finding));
  const ok = checked.every((one) => one.ok);
  process.stdout.write(json ? `${JSON.stringify({ ok, checks: checked })}\n` : findingsText(checked));
  return ok ? EXIT.done : UNWELL;
}
