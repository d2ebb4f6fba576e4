// Owns which programs of the ffmpeg family are run. Starts none, and must not know what for.

/** The ffmpeg to run: the environment's FFMPEG_PATH, or `ffmpeg` from the path where that is unset or empty. */
export function ffmpegProgram(): string {
  return process.env['FFMPEG_PATH'] || 'ffmpeg';
}

/** The ffprobe to run: the environment's FFPROBE_PATH, or `ffprobe` from the path where that is unset or empty. */
export function ffprobeProgram(): string {
  return process.env['FFPROBE_PATH'] || 'ffprobe';
}
