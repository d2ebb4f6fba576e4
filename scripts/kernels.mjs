// `npm run kernels`: src/kernels/assembly/ and layout.ts (AssemblyScript) -> src/kernels/compiled.ts. The result is
// committed, so that nothing else needs the compiler; it names what it was compiled from, and a test says when that has
// changed.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const OPTIONS = [
  '--baseDir',
  root,
  '--optimizeLevel',
  '3',
  '--shrinkLevel',
  '0',
  '--runtime',
  'stub',
  '--enable',
  'simd',
  '--noAssert',
  '--use',
  'abort=',
];

/** Hash of the names and contents of what is compiled, and of the options. */
export function fingerprint() {
  const hash = createHash('sha256').update(OPTIONS.slice(2).join(' '));
  const room = new URL('src/kernels/', pathToFileURL(root));
  const passes = readdirSync(new URL('assembly/', room)).filter((file) => file.endsWith('.ts'));
  for (const name of ['layout.ts', ...passes.sort().map((file) => `assembly/${file}`)])
    hash.update(`\0${name}\0`).update(readFileSync(new URL(name, room)));
  return hash.digest('hex');
}

/** The text of src/kernels/compiled.ts. Throws when the kernels do not compile. */
async function compileKernels() {
  const { default: asc } = await import('assemblyscript/asc');
  let bytes;
  const take = (_name, contents) => {
    bytes = contents;
  };
  const { error, stderr } = await asc.main(['src/kernels/assembly/index.ts', ...OPTIONS, '--outFile', 'kernels.wasm'], {
    writeFile: take,
  });
  if (error || !bytes) throw new Error(`src/kernels/assembly/ does not compile:\n${stderr.toString()}`);
  const lines = Buffer.from(bytes)
    .toString('base64')
    .match(/.{1,110}/g)
    .map((line) => `  '${line}'`);
  return (
    `// Made by \`npm run kernels\` out of src/kernels/assembly/; do not edit.\n\n/** The kernels as a ` +
    `WebAssembly module, base64. */\nexport const COMPILED = ` +
    `[\n${lines.join(',\n')},\n].join('');\n\n/** Hash of the sources that they were compiled from, ` +
    `hex. */\nexport const COMPILED_FROM = '${fingerprint()}';\n`
  );
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    writeFileSync(new URL('../src/kernels/compiled.ts', import.meta.url), await compileKernels());
  } catch (error) {
    console.error(`kernels: ${error.message}`);
    process.exitCode = 1;
  }
}
