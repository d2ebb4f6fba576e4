import { expect, it } from 'vitest';
import { Turns, type TurnFinding } from '../../src/pipeline/turns.js';

const finding = (part: Partial<TurnFinding>): TurnFinding => ({
  by: 90,
  sure: true,
  index: 0,
  asStored: 1,
  turned: 9,
  ...part,
});

it('says of a clip what was decided last', () => {
  const turns = new Turns();
  expect(turns.remarks).toEqual([]);
  turns.add(finding({ by: 270, sure: false, index: 4, turned: 3 }));
  expect(turns.remarks).toEqual([
    'may have to be turned by 270 degrees, and was not: in frame 4, 3 digits would stand there then, 1 as it is ' +
      'stored; source.rotate: 270 turns it',
  ]);
  turns.add(finding({ by: 180, index: 12 }));
  expect(turns.remarks).toEqual([
    'turned by 180 degrees from frame 12 on: 9 digits stand there then, 1 as it is stored; source.rotate: 0 reads it ' +
      'as it is',
  ]);
});

it('says of the images of a directory how many, and names a few', () => {
  const turns = new Turns();
  for (let k = 0; k < 1000; k++) turns.add(finding({ file: `${k}.png` }));
  turns.add(finding({ by: 180, file: 'x\u001b.png' }));
  turns.add(finding({ by: 180, sure: false, file: 'y.png' }));
  expect(turns.remarks).toEqual([
    '1000 pictures turned by 90 degrees: 0.png, 1.png, 2.png and 997 more',
    '1 picture turned by 180 degrees: x\\x1b.png',
    '1 picture may have to be turned by 180 degrees, not turned: y.png',
  ]);
});
