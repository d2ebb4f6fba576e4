// A camera that is a program of its own (rtsp-camera.py), for tests: where it can be had, how it is started, told and
// killed. Holds no tests.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

/** The system's own Python: its binding of GStreamer is not in others. */
const PYTHON = '/usr/bin/python3';

const NEEDED = "import gi; gi.require_version('Gst', '1.0'); gi.require_version('GstRtspServer', '1.0')";
const CODERS =
  'from gi.repository import Gst; Gst.init(None); assert all(map(Gst.ElementFactory.find, ["x264enc", "pngdec", "imagefreeze"]))';

/** Whether this machine has what the camera needs; where not, says once which tests are left out, and what helps. */
export function hasCamera(tests: string): boolean {
  const { status } = spawnSync(PYTHON, ['-c', `${NEEDED}; ${CODERS}`], { stdio: 'ignore' });
  if (status !== 0)
    process.stderr.write(`Left out, as GStreamer's RTSP server is not installed: ${tests}. npm run setup -- --all\n`);
  return status === 0;
}

/** A camera that runs. */
export interface Camera {
  readonly url: string;
  /** Gives it a command. */
  tell(command: string): void;
  /** Ends it, stops it or lets it go on: `SIGKILL`, `SIGSTOP`, `SIGCONT`. Resolves when a killed one is gone. */
  signal(name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void>;
}

/** A port of this machine that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts a camera that shows a picture; resolves when it listens. */
export async function startCamera(port: number, picture: string, who: readonly string[] = []): Promise<Camera> {
  const script = fileURLToPath(new URL('rtsp-camera.py', import.meta.url));
  const child: ChildProcess = spawn(PYTHON, [script, String(port), picture, ...who], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  await once(child.stdout!, 'data');
  return {
    url: `rtsp://127.0.0.1:${port}/cam`,
    tell: (command) => void child.stdin!.write(`${command}\n`),
    async signal(name) {
      child.kill(name);
      if (name === 'SIGKILL' && child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}
