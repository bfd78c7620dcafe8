import { expect } from 'chai';
import fc from 'fast-check';
import { ByteCells, type Run } from '../../../supernode/directory/byte-cells.ts';

const CELL_BYTES = 72;

describe('supernode/directory/byte-cells.ts', () => {
  it('gives every run back as it was, whatever came and went', () => {
    const steps = fc.array(fc.record({ length: fc.integer({ min: 1, max: 300 }), keeps: fc.boolean() }), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(steps, (all) => {
        const cells = new ByteCells(40 * CELL_BYTES);
        const held: { run: Run; bytes: Uint8Array }[] = [];
        for (const [index, { length, keeps }] of all.entries()) {
          const bytes = new Uint8Array(length).fill(index + 1);
          if (keeps && cells.fits(length)) held.push({ run: cells.keep(bytes), bytes });
          else if (held.length > 0) cells.release(held.splice(length % held.length, 1)[0]!.run);
          for (const { run, bytes } of held) expect(cells.read(run)).to.deep.equal(bytes);
        }
        const taken = held.reduce((sum, { bytes }) => sum + Math.ceil(bytes.length / 64), 0);
        expect(cells.fill).to.equal(taken / 40);
      }),
    );
  });

  it('tells what fits, and takes no more', () => {
    const cells = new ByteCells(3 * CELL_BYTES);
    const run = cells.keep(new Uint8Array(65));
    expect([cells.fits(64), cells.fits(65), cells.fits(192, run), cells.fits(193, run)]).to.deep.equal([
      true,
      false,
      true,
      false,
    ]);
    expect(() => cells.keep(new Uint8Array(65))).to.throw(RangeError);
  });
});
