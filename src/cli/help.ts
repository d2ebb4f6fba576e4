// What `--help` says. Words only.

/** The help text, ending in a newline. */
export const HELP = `lq-stream: reads handwritten digits off video, and says a digit only when it is sure

  lq-stream <source> [options]        read a source; one JSON object a line on stdout
  lq-stream train | prune | fixtures  make models and fixtures; each has its own --help
  lq-stream replay                    what leaks through of attacked clips; see its --help
  lq-stream calibrate MODEL           set what a model's gate accepts; see its --help
  lq-stream attack MODEL              how often attacks get past a model's gate; see its --help
  lq-stream report | reproduce        all tables and figures of the lab, or of the article, on a page

<source> is any file that ffmpeg reads, an image, a directory or a quoted glob of images,
or - for stdin. A file called like a command is given as ./train.

What to read
  --pipeline FILE       regions, polarity, model and gate from a pipeline file, or by the name
                        of a shipped one: default, sheet, screen, fixed       (default: default)
  --model NAME|DIR      a shipped model, or a folder with model.onnx and card.json
  --truth FILE.json     the source's truth (see lq-stream replay --help): its pipeline, unless another is
                        given, and the running leak rate in the stats
  --ratio R             accept from this 1-2 ratio on, instead of the model's own threshold
  --range LO:HI         accept only top outputs in this range, instead of the model's own
  --fps N               read at most N frames a second of the source
  --limit N             stop after N frames
  --policy all|latest   every frame, or drop the oldest unread one when reading falls behind
  --realtime            pace a file like a camera

What to write
  --rejected            print rejected regions too, with reason and distance to the threshold
  --annotate OUT.mp4    the video with boxes, digits, ratios and verdicts
  --sheet OUT.png       a contact sheet of the crops
  --summary OUT.json    counters, model, pipeline and thresholds of the run
  --profile             time per frame and stage, in the summary on stderr and in OUT.json
  --serve [HOST:]PORT   a WebSocket feed on ws://HOST:PORT/feed      (default host: 127.0.0.1)
  --token TOKEN         clients of the feed must show it; needed for a host beyond loopback
  --quiet               nothing on stderr but errors
  -h, --help            this text
  -v, --version         the version

Examples
  lq-stream camera.mp4
  lq-stream camera.mp4 --annotate out.mp4 --rejected > lines.ndjson
  lq-stream 'scans/*.png' --pipeline sheet --sheet crops.png
  lq-stream counter.mkv --pipeline counter.yaml --ratio 8 --fps 5
  lq-stream camera.mp4 --realtime --policy latest --serve 8080
  ffmpeg -i /dev/video0 -f matroska - | lq-stream -

Exit codes
  0 done   2 usage or configuration   3 source   4 model   130 interrupted   1 anything else

Environment
  NO_COLOR     no colours on stderr
  LQ_DEBUG=1   a stack trace with unexpected errors
`;
