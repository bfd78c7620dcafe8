import { stripVTControlCharacters } from 'node:util';
import { expect } from 'chai';
import { encode } from 'uqr';
import { qrCode } from '../../../planter/wizard/qr-code.ts';

describe('planter/wizard/qr-code.ts', () => {
  it('draws the modules, dark ones black, with two light ones around', async () => {
    const lines = await qrCode(['magnet:?xt=urn:btih:x'], { columns: 80, rows: 24 });
    const { data } = encode('magnet:?xt=urn:btih:x', { ecc: 'L', border: 2 });
    expect(modulesOf(lines!).slice(0, data.length)).to.deep.equal(data);
    expect(lines!.every((line) => line.startsWith('\x1b[30;107m'))).to.equal(true);
  });

  it('takes the first text that fits', async () => {
    const texts = ['x'.repeat(3000), 'x'.repeat(300), 'x'.repeat(100), 'x'];
    const lines = await qrCode(texts, { columns: 80, rows: 23 });
    expect(modulesOf(lines!)[0]).to.have.length(encode('x'.repeat(100), { border: 2 }).size);
    expect(await qrCode(texts, { columns: 24, rows: 23 })).to.equal(undefined);
    expect(await qrCode(texts, { columns: 80, rows: 12 })).to.equal(undefined);
  });

  /** Rows of modules, true where dark. */
  function modulesOf(lines: readonly string[]): boolean[][] {
    return lines.map(stripVTControlCharacters).flatMap((line) => {
      const halves = [...line];
      return [halves.map((half) => '█▀'.includes(half)), halves.map((half) => '█▄'.includes(half))];
    });
  }
});
