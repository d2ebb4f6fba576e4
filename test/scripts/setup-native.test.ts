// Tests of `npm run setup:native` as far as they need no network and no compiler: what it takes out of a wheel, what it
// says, and that it gives up before it touches anything.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/** The script's own file is plain JavaScript: this says what is called here. */
interface Plan {
  readonly PACKAGE: string;
  chooseFiles(names: readonly string[]): string[];
  isWanted(projectJson: string, installedJson: string | undefined): boolean;
  missingParts(machine: {
    platform: string;
    has: (program: string) => boolean;
    pip: boolean;
    freeBytes: number;
    cached: boolean;
  }): string[];
  explainPip(output: string, python: string): string;
  compilerWords(output: string): string;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const plan = (await import(new URL('../../scripts/native/plan.mjs', import.meta.url).href)) as Plan;

const LIBRARIES = ['tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2'];
const INTERFACE = ['tensorflow/include/tensorflow/c/c_api.h', 'tensorflow/include/tensorflow/c/eager/c_api.h'];

describe('chooseFiles', () => {
  it('takes the two libraries and the C headers, and leaves the rest of the wheel', () => {
    const wanted = [...LIBRARIES, ...INTERFACE, 'tensorflow/include/tsl/platform/ctstring.h'];
    const rest = [
      'tensorflow/__init__.py',
      'tensorflow/include/Eigen/Core.h',
      'tensorflow/include/tensorflow/c/BUILD',
      'tensorflow/python/libtensorflow_cc.so.2',
    ];
    expect(plan.chooseFiles([...rest, ...wanted])).toEqual(wanted);
  });

  it('says what a wheel of another make lacks', () => {
    expect(() => plan.chooseFiles(INTERFACE)).toThrow(
      /has no tensorflow\/libtensorflow_cc\.so\.2, no tensorflow\/libtensorflow_framework\.so\.2/,
    );
  });
});

describe('isWanted', () => {
  it('holds the installed version against the one of package.json', () => {
    const project = JSON.stringify({ optionalDependencies: { [plan.PACKAGE]: '4.22.0' } });
    const installed = [JSON.stringify({ version: '4.22.0' }), JSON.stringify({ version: '4.21.0' }), undefined];
    expect(installed.map((text) => plan.isWanted(project, text))).toEqual([true, false, false]);
  });
});

describe('missingParts', () => {
  const machine = { platform: 'linux', has: () => true, pip: true, freeBytes: 1e11, cached: false };
  it.each([
    [{}, []],
    [{ platform: 'darwin' }, [/this is darwin.*npm run setup -- --tfjs-node/]],
    [
      { has: (program: string) => program === 'npm' },
      [/python3 with pip is missing/, /a C\+\+17 compiler is missing/, /make is missing/],
    ],
    [{ has: (program: string) => program !== 'g++' }, []],
    [{ pip: false }, [/pip for python3 is missing.*apt-get install python3-pip/]],
    [{ freeBytes: 5e8 }, [/About 1\.3 GB of disk are needed here; 0\.5 GB are free/]],
    [{ pip: false, freeBytes: 5e8, cached: true }, []],
  ])('%o', (differs, lines) => {
    const found = plan.missingParts({ ...machine, ...differs });
    expect(found).toHaveLength(lines.length);
    lines.forEach((line, i) => expect(found[i]).toMatch(line));
  });
});

describe('messages', () => {
  it('tell a missing wheel from a broken download', () => {
    const none =
      'ERROR: Could not find a version that satisfies the requirement tensorflow-cpu==2.21.0 (from ' +
      'versions: none)\nERROR: No matching distribution\n';
    expect(plan.explainPip(none, 'Python 3.14.0')).toMatch(/no wheel of it for Python 3\.14\.0 .*3\.10 to 3\.13/);
    expect(plan.explainPip(none.replace('none', '2.20.0'), 'Python 3.9.1')).toMatch(/has only 2\.20\.0/);
    expect(plan.explainPip('a\nb\nc\nERROR: Read timed out.\n', 'Python 3.12.0')).toBe(
      'pip could not download tensorflow-cpu==2.21.0:\nb\nc\nERROR: Read timed out.',
    );
  });

  it('show what the compiler said, not what gyp says of itself', () => {
    expect(plan.compilerWords('gyp info ok\nx.cc:1: error: no\ngyp ERR! build error\nnode-pre-gyp ERR! not ok\n')).toBe(
      'x.cc:1: error: no',
    );
    expect(plan.compilerWords('gyp ERR! find Python\n')).toBe('gyp ERR! find Python');
  });
});

describe('npm run setup:native', () => {
  let clone: string;
  beforeEach(() => {
    clone = mkdtempSync(join(tmpdir(), 'lq-native-'));
    for (const name of ['package.json', 'scripts/setup-native.mjs', 'scripts/system.mjs', 'scripts/native'])
      cpSync(join(root, name), join(clone, name), { recursive: true });
    mkdirSync(join(clone, 'bin'));
    symlinkSync(process.execPath, join(clone, 'bin', 'node'));
  });
  afterEach(() => rmSync(clone, { recursive: true }));

  it('ends with 1 and what to type where the tools are missing, and touches nothing', () => {
    const { status, stderr, stdout } = spawnSync(process.execPath, ['scripts/setup-native.mjs'], {
      cwd: clone,
      env: { PATH: join(clone, 'bin') },
      encoding: 'utf8',
    });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^setup:native: .*\n(.*\n)*Then: npm run setup:native\nEverything works without it/);
    expect(['node_modules', '.cache'].filter((name) => existsSync(join(clone, name)))).toEqual([]);
  });
});
