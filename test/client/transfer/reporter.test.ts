import { expect } from 'chai';
import type { TransferStatus } from '../../../client/engine/transfer.ts';
import { JsonReporter, progressLine, TextReporter } from '../../../client/transfer/reporter.ts';

const STATUS: TransferStatus = {
  length: 4 * 2 ** 20,
  downloaded: 2 ** 20,
  uploaded: 2 ** 21,
  received: 2 ** 20,
  downloadRate: 2 ** 19 + 0.3,
  uploadRate: 1024,
  peers: { tracker: 2, incoming: 1, other: 0 },
};

describe('client/transfer/reporter.ts', () => {
  let out: string;
  let talk: string;
  const outputs = (isTerminal: boolean) => ({
    isTerminal,
    isDataShown: isTerminal,
    out: (text: string) => {
      out += text;
    },
    talk: (text: string) => {
      talk += text;
    },
  });

  beforeEach(() => {
    out = '';
    talk = '';
  });

  it('says how far a download is', () => {
    expect(progressLine(STATUS, false)).to.equal(
      '25 %  1.0 MiB of 4.0 MiB  down 512.0 KiB/s  up 1.0 KiB/s  6 s left  3 peers (2 of trackers, 1 incoming)',
    );
    expect(progressLine({ ...STATUS, downloadRate: 0 }, false)).not.to.include('left');
    expect(progressLine({ ...STATUS, length: 0 }, false)).to.match(/^100 %/);
  });

  it('says what was given back', () => {
    expect(progressLine(STATUS, true)).to.match(/^seeding {2}ratio 0\.50 {2}up 1\.0 KiB\/s, 2\.0 MiB/);
  });

  it('writes over one line in a terminal', () => {
    const reporter = new TextReporter(outputs(true), false);
    reporter.progress(STATUS, false);
    reporter.progress(STATUS, false);
    reporter.trackerFailed('http://t', 'evil \x1b[2J words');
    expect(talk.split('\r\x1b[2K')).to.have.length(3);
    expect(talk).to.match(/incoming\)\S*\nhttp:\/\/t: evil \?\[2J words\n$/);
  });

  it('writes a line now and then elsewhere', () => {
    const reporter = new TextReporter(outputs(false), false);
    for (let report = 0; report < 11; report++) reporter.progress(STATUS, false);
    expect(talk.split('\n')).to.have.length(3);
  });

  it('shows a terminal nothing that it would obey, and gives others the names as they are', () => {
    const reporter = new TextReporter(outputs(true), false);
    reporter.trackers(['http://t/\x1b]0;evil'], 1, 'no \x07 reason');
    const file = { path: '/a/\x1b[2J', length: 1 };
    reporter.complete([file], STATUS);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(talk + out).to.match(/^[^\x00-\x09\x0b-\x1f]+$/);
    out = '';
    new TextReporter(outputs(false), false).complete([file], STATUS);
    expect(out).to.equal('/a/\x1b[2J\n');
  });

  it('says which piece came damaged from whom', () => {
    const damage = { piece: 3, peers: ['10.0.0.1:1', '10.0.0.2:2'], dropped: [] };
    new TextReporter(outputs(false), false).damaged(damage);
    new TextReporter(outputs(false), false).damaged({ ...damage, dropped: ['10.0.0.2:2'] });
    expect(talk).to.equal(
      'piece 3 came damaged from 10.0.0.1:1, 10.0.0.2:2: loading it anew\n' +
        'piece 3 came damaged from 10.0.0.1:1, 10.0.0.2:2: loading it anew, dropped 10.0.0.2:2\n',
    );
    new JsonReporter(outputs(false)).damaged(damage);
    expect(JSON.parse(out)).to.deep.equal({ event: 'damaged', ...damage });
  });

  it('writes nothing but the files when quiet', () => {
    const reporter = new TextReporter(outputs(true), true);
    reporter.trackers(['http://c/announce'], 2, 'a failure');
    reporter.verified(STATUS);
    reporter.progress(STATUS, false);
    reporter.complete([{ path: '/a/b', length: 1 }], STATUS);
    reporter.ended('complete', STATUS);
    expect([talk, out]).to.deep.equal(['', '/a/b\n']);
  });

  it('writes an object per line for programs', () => {
    const reporter = new JsonReporter(outputs(false));
    reporter.trackers([], 1, undefined);
    reporter.progress(STATUS, true);
    reporter.ended('interrupted', undefined);
    const events = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events).to.deep.equal([
      { event: 'trackers', carriers: [], count: 1 },
      { event: 'seeding', ...STATUS, downloadRate: 2 ** 19 },
      { event: 'ended', reason: 'interrupted' },
    ]);
  });
});
