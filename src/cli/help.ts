// What `--help` says. Words only; those of the sinks' options come from the sinks.
import { SINK_OPTIONS } from '../sinks/options.js';

/** Columns at which the words of an option begin and end. */
const [FROM, TO] = [24, 104];

const LAB = `  lq-stream train | prune | fixtures  make models and fixtures; each has its own --help
  lq-stream replay                    what leaks through of attacked clips; see its --help
  lq-stream pages                     render pages of many kinds, and judge the pipeline on them
  lq-stream calibrate MODEL           set what a model's gate accepts; see its --help
  lq-stream attack MODEL              how often attacks get past a model's gate; see its --help
  lq-stream report | reproduce        all tables and figures of the lab, or of the article, on a page
`;

/** The help text, ending in a newline. */
export const HELP = helpOf(LAB);

/** The help text of an installed package, which has no laboratory: where that is to be had. */
export function helpWithoutLab(repository: string): string {
  return helpOf(`
  The commands that make and judge models (train, prune, calibrate, attack, report, reproduce,
  fixtures, replay, pages) are not in this package, but in a clone of ${repository}
`);
}

function helpOf(lab: string): string {
  return `lq-stream: reads handwritten digits off video, and says a digit only when it is sure

  lq-stream <source> [options]        read a source; one JSON object a line on stdout
  lq-stream doctor [PIPELINE]         look whether all is there that a run needs; see its --help
  lq-stream history FILE              what a store (--store) kept; see its --help
  lq-stream fleet | gateway           many cameras on many machines; each has its own --help
${lab}
<source> is any file that ffmpeg reads, an image, a directory or a quoted glob of images,
- for stdin, or live: rtsp://, http://, rtmp://, srt://, udp://, /dev/video0. A file called
like a command is given as ./train.

What to read
  --pipeline FILE       regions, polarity, model and gate from a pipeline file, or by the name
                        of a shipped one: default, sheet, screen, fixed, counter     (default: default)
  --model NAME|DIR      a shipped model, or a folder with model.onnx and card.json
  --ratio R             accept from this 1-2 ratio on, instead of the model's own threshold
  --range LO:HI         accept only top outputs in this range, instead of the model's own
  --fps N               read at most N frames a second of the source
  --limit N             stop after N frames
  --policy all|latest   every frame, or drop the oldest unread one when reading falls behind
  --realtime            pace a file like a camera
  --repeat              read a video file again when it has ended, until interrupted

Live sources
  --max-age S           oldest picture that is read, from its arrival to the verdict (default: 1)
  --every S             ask an http address for a single picture every S seconds
  --transport tcp|udp   how RTSP is carried                                      (default: tcp)
  --listen              RTMP and SRT: wait until the camera calls
  --live                what comes through - or a FIFO is live
  --credentials FILE    USER:PASSWORD of the source; or set LQ_SOURCE_USER, LQ_SOURCE_PASSWORD
  --require             fail where the source gives no picture at first, in place of waiting

What to write
${sinkOptions()}  --name NAME           what topics, tags and tables call it (default: the pipeline file or the source)
  --profile             time per frame and stage, in the summary on stderr and in OUT.json
  --quiet               nothing on stderr but errors
  -h, --help            this text
  -v, --version         the version

Examples
  lq-stream camera.mp4
  lq-stream camera.mp4 --annotate out.mp4 --rejected > lines.ndjson
  lq-stream 'scans/*.png' --pipeline sheet --sheet crops.png
  lq-stream counter.mkv --pipeline counter.yaml --ratio 8 --fps 5
  lq-stream camera.mp4 --realtime --policy latest --serve 8080
  lq-stream rtsp://camera/stream --credentials camera.txt --serve 8080
  lq-stream rtsp://camera/stream --readings only --mqtt mqtt://broker
  lq-stream http://meter/snapshot.jpg --every 30 --pipeline counter.yaml

Exit codes
  0 done   2 usage or configuration   3 source   4 model   130 interrupted   1 anything else

Environment
  LQ_SOURCE_USER, LQ_SOURCE_PASSWORD   who is let in to the source, where it asks
  LQ_TOKEN     the token of the feed, where neither --token nor --token-file is given
  LQ_MQTT_USER, LQ_MQTT_PASSWORD       who is let in to the broker
  LQ_WEBHOOK_SECRET, LQ_INFLUX_TOKEN   the key of posts, the token of InfluxDB
  NO_COLOR     no colours on stderr
  LQ_DEBUG=1   a stack trace with unexpected errors
`;
}

/** The options of all sinks, a line or more each. */
function sinkOptions(): string {
  return SINK_OPTIONS.map(optionHelp).join('');
}

/** An option in two columns: `--NAME VALUE`, and what it does, broken into lines. */
function optionHelp({
  flag,
  value,
  help,
}: {
  readonly flag: string;
  readonly value?: string;
  readonly help: string;
}): string {
  const head = `  --${flag}${value === undefined ? '' : ` ${value}`}`;
  const lines = help.split(' ').reduce<string[]>((done, word) => {
    const last = done.at(-1);
    if (last === undefined || last.length + 1 + word.length > TO - FROM) return [...done, word];
    return [...done.slice(0, -1), `${last} ${word}`];
  }, []);
  return lines.map((line, i) => `${(i === 0 ? head : '').padEnd(FROM - 1)} ${line}\n`).join('');
}
