import { expect } from 'chai';
import type { LoadResult } from '../../bench/load/load-program.ts';
import { readOptions } from '../../bench/supernode/options.ts';
import { planterOf, sign } from '../../bench/supernode/planted.ts';
import { markdownReport, textReport } from '../../bench/supernode/report.ts';
import type { Visit } from '../../bench/supernode/visit.ts';
import { UsageError } from '../../shared/errors.ts';
import { openPlant } from '../../supernode/directory/entry.ts';
import { plantBytes, SIGNATURE_BYTES } from '../../supernode/directory/plant-bytes.ts';
import { hashOf, START } from '../supernode/records.ts';

function loadResult(cpuUs: number): LoadResult {
  return {
    seconds: 1,
    isFilled: false,
    answers: 1000,
    peers: 0,
    refused: 0,
    malformed: 0,
    broken: 0,
    lost: 0,
    p50Us: 1,
    p99Us: 1,
    serverCpuSeconds: cpuUs / 1000,
    loadCpuSeconds: 0,
  };
}

function visitOf(torrents: number, cpuUs: number): Visit {
  return {
    engine: 'sqlite',
    torrents,
    startSeconds: 1,
    carriersSeconds: 2,
    residentBytes: 100 * 2 ** 20 + 250 * torrents,
    redirects: [loadResult(cpuUs), loadResult(3 * cpuUs)],
    lookups: loadResult(60),
    registrations: { plants: 1000, seconds: 1, serverCpuSeconds: 0.5 },
  };
}

describe('bench/supernode', () => {
  it('measures three sizes on both databases by default', () => {
    expect(readOptions([])).to.deep.equal({
      sizes: [10_000, 100_000, 1_000_000],
      engines: ['sqlite', 'postgres'],
      seconds: 5,
      catchUpTorrents: 100_000,
      writesDocs: false,
    });
    expect(readOptions(['--help'])).to.equal(undefined);
  });

  it('refuses flags that make no sense, and says which', () => {
    for (const argv of [['--sizes', '10,x'], ['--sizes', '0'], ['--engines', 'files'], ['--seconds', '0'], ['--wat']]) {
      expect(() => readOptions(argv)).to.throw(UsageError, argv[0]);
    }
  });

  it('signs plants that verify', () => {
    const hashes = ['a', 'b'].map(hashOf);
    const signatures = sign({ first: 7, hashes, seq: START });
    for (const [index, infoHash] of hashes.entries()) {
      const signature = signatures.subarray(index * SIGNATURE_BYTES, (index + 1) * SIGNATURE_BYTES);
      const planter = planterOf(7 + index).id;
      const statement = { infoHash, copies: 2, seq: START, ttlSeconds: 7_776_000 };
      expect(openPlant(plantBytes(planter, statement, signature), START).author).to.equal(planter);
    }
  });

  it('compares with the plain server, and the largest size with the smallest', () => {
    const report = {
      machine: 'a machine',
      loadBefore: 0.5,
      loadAfter: 2,
      options: readOptions(['--sizes', '10000,1000000'])!,
      visits: [visitOf(10_000, 8), visitOf(1_000_000, 10)],
      fixed: [
        [loadResult(9), loadResult(30)],
        [loadResult(11), loadResult(30)],
      ],
      emptyBytes: 100 * 2 ** 20,
      catchUp: { torrents: 100_000, seconds: 60, cpuSeconds: 30 },
    };
    const text = textReport(report);
    expect(text).to.match(/^HTTP, keep-alive +sqlite +1 000 000 +1 000 +10\.0 +0\.90 +0$/m);
    expect(text).to.match(/^HTTP, connection each +node:http, fixed +- +1 000 +30\.0 +1\.00 +0$/m);
    expect(text).to.match(/^sqlite +1 000 000 +338 +250 +1\.0 +2\.0$/m);
    expect(text).to.match(/^ *100 000 +60\.0 +1 667 +300 +10\.0 min$/m);
    expect(text).to.contain('costs 1.25 times that among 10 000 (their logarithms: 1.50 times)');
    expect(markdownReport(report)).to.contain('| sqlite | 10 000 | 1 000 | 60.0 | 1 000 | 500 | 0 |');
  });
});
