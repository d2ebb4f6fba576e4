// Whether a file that a sink wrote is whole, told by its bytes alone. No test in here.

/** The format of a file that is whole: `mp4`, `png`, `json` or `ndjson`; throws for one that is cut off, or no such file. */
export function wholeFile(bytes: Buffer): 'mp4' | 'png' | 'json' | 'ndjson' {
  if (bytes.subarray(1, 4).toString('latin1') === 'PNG') return wholePng(bytes);
  if (bytes.subarray(4, 8).toString('latin1') === 'ftyp') return wholeMp4(bytes);
  const text = bytes.toString('utf8');
  if (/^\{.*\}\n./.test(text) && text.endsWith('\n')) {
    for (const line of text.trimEnd().split('\n')) JSON.parse(line);
    return 'ndjson';
  }
  JSON.parse(text);
  return 'json';
}

/** Boxes of ISO/IEC 14496-12, one after the other to the last byte: the index and the pictures among them. */
function wholeMp4(bytes: Buffer): 'mp4' {
  const types: string[] = [];
  let at = 0;
  while (at < bytes.length) {
    types.push(bytes.subarray(at + 4, at + 8).toString('latin1'));
    at += bytes.readUInt32BE(at);
  }
  if (at !== bytes.length || !types.includes('moov') || !types.includes('mdat'))
    throw new Error(`cut off: ${bytes.length} bytes, boxes ${types.join(', ')} to ${at}`);
  return 'mp4';
}

/** A PNG ends with its IEND chunk (RFC 2083, 4.1.4). */
function wholePng(bytes: Buffer): 'png' {
  if (bytes.subarray(-8, -4).toString('latin1') !== 'IEND') throw new Error('cut off: no IEND');
  return 'png';
}
