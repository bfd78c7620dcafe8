import { expect } from 'chai';
import { main } from '../../../client/check/main.ts';
import { nodeOptions } from '../../../node/config.ts';
import { type NodeService, startNode } from '../../../node/service.ts';
import { UsageError } from '../../../shared/errors.ts';
import { createLog } from '../../../shared/platform/log.ts';
import { parseOptions } from '../../../shared/platform/options.ts';
import { needIpv6 } from '../../helpers/needs.ts';
import {
  bodyOf,
  type ScriptedTracker,
  sendBody,
  startHttpTracker,
  startUdpTracker,
  startWebSocketTracker,
  udpReply,
} from '../../helpers/scripted-trackers.ts';
import { TemporaryFolder } from '../../helpers/temporary-folder.ts';

const HASH = 'ab'.repeat(20);
const log = createLog({ level: 'silent', role: 'node' });

interface Finding {
  readonly verdict: string;
  readonly topic: string;
  readonly text: string;
}

interface Report {
  readonly trackers: readonly {
    readonly url: string;
    readonly isUsable: boolean;
    readonly findings: readonly Finding[];
    readonly addresses: readonly { readonly address: string; readonly findings: readonly Finding[] }[];
  }[];
  readonly comparison: readonly Finding[];
}

async function check(...argv: string[]): Promise<{ code: number; text: string }> {
  const parts: string[] = [];
  const resolve = async (host: string) => {
    if (host === 'localhost') return [addressOf('127.0.0.1'), addressOf('::1')];
    if (host.endsWith('.invalid')) throw Object.assign(new Error('no'), { code: 'ENOTFOUND' });
    return [addressOf(host)];
  };
  const code = await main(argv, {}, { resolve, out: (part) => parts.push(part) });
  return { code, text: parts.join('') };
}

function addressOf(address: string): { address: string; family: number } {
  return { address, family: address.includes(':') ? 6 : 4 };
}

async function report(...argv: string[]): Promise<Report & { readonly code: number }> {
  const { code, text } = await check('--json', ...argv);
  return { ...JSON.parse(text), code };
}

/** Verdict, topic and text of what did not pass, at all addresses. */
function complaints({ trackers }: Report): string[] {
  return trackers
    .flatMap(({ findings, addresses }) => [...findings, ...addresses.flatMap((address) => address.findings)])
    .filter(({ verdict }) => verdict !== 'pass')
    .map(({ verdict, topic, text }) => `${verdict} ${topic}: ${text}`);
}

describe('client/check/main.ts', () => {
  describe('with a real node', () => {
    let folder: TemporaryFolder;
    let node: NodeService | undefined;

    async function start(...argv: string[]): Promise<void> {
      const preset = ['--http-port', '0', '--data-directory', folder.path, '--grace', '100ms'];
      const parsed = parseOptions(nodeOptions, { argv: [...preset, ...argv], env: {} });
      if (parsed.kind !== 'config') throw new Error(`printed ${parsed.kind}`);
      node = await startNode(parsed.config, { log });
    }

    beforeEach(() => {
      folder = new TemporaryFolder();
    });
    afterEach(async () => {
      await node?.stop();
      folder.remove();
    });

    function urlOf(protocol: string): string {
      const url = new URL(node!.urls.find((candidate) => candidate.startsWith(protocol))!);
      return `${protocol}//localhost:${url.port}/announce`;
    }

    it('finds nothing wrong over HTTP and UDP, IPv4 and IPv6, and one swarm behind all', async function () {
      needIpv6(this);
      await start('--mode', 'open');
      const result = await report(urlOf('http:'), urlOf('udp:'));
      expect(complaints(result)).to.deep.equal([]);
      expect(result.code).to.equal(0);
      const addresses = result.trackers.map((tracker) => tracker.addresses.map(({ address }) => address));
      expect(addresses).to.deep.equal([
        ['127.0.0.1', '::1'],
        ['127.0.0.1', '::1'],
      ]);
      const topics = result.trackers[0]!.addresses[0]!.findings.map(({ topic }) => topic);
      expect(topics).to.include.members(['announce', 'interval', 'counts', 'peers', 'meeting', 'scrape', 'stopped']);
      expect(result.comparison.map(({ verdict, topic }) => `${verdict} ${topic}`)).to.deep.equal([
        'pass IPv4 swarm',
        'pass IPv6 swarm',
      ]);
    });

    it('leaves nothing behind', async function () {
      needIpv6(this);
      await start('--mode', 'open');
      await report('--info-hash', HASH, urlOf('http:'), urlOf('udp:'));
      const again = await report('--info-hash', HASH, '--family', '4', urlOf('udp:'));
      const counts = again.trackers[0]!.addresses[0]!.findings.find(({ topic }) => topic === 'counts');
      expect(counts?.text).to.equal('seeders 0, leechers 1');
    });

    it('takes a node that refuses a random torrent for usable, one that refuses a given torrent not', async () => {
      await start();
      const random = await report('--family', '4', urlOf('http:'));
      expect(random.code).to.equal(0);
      expect(complaints(random)).to.have.length(1);
      expect(complaints(random)[0]).to.match(/^warn announce: refused: .*--info-hash/);
      const given = await report('--family', '4', '--info-hash', HASH, urlOf('udp:'));
      expect(given.code).to.equal(1);
      expect(complaints(given)[0]).to.match(/^fail announce: refused: /);
    });
  });

  describe('with bad trackers', () => {
    let opened: AsyncDisposableStack;

    beforeEach(() => {
      opened = new AsyncDisposableStack();
    });
    afterEach(() => opened.disposeAsync());

    async function http(answer: Parameters<typeof startHttpTracker>[0]): Promise<ScriptedTracker<string>> {
      return opened.use(await startHttpTracker(answer));
    }

    it('fails an interval of 0, peers that are cut off, an asker not counted, and still stops what it started', async () => {
      const tracker = await http(bodyOf('d8:completei0e10:incompletei0e8:intervali0e5:peers7:1234567e'));
      const result = await report(tracker.url);
      expect(result.code).to.equal(1);
      expect(complaints(result).map((text) => text.split(':')[0])).to.include.members([
        'fail answer',
        'fail interval',
        'fail counts',
        'fail meeting',
      ]);
      expect(tracker.questions.filter((question) => question.endsWith('event=started'))).to.have.length(2);
      expect(tracker.questions.filter((question) => question.endsWith('event=stopped'))).to.have.length(2);
      expect(tracker.questions).to.have.length(5);
    });

    it('fails an answer that is no bencoding, and takes it for an announce that may have been heard', async () => {
      const tracker = await http((_target, response) => sendBody(response, '<html>'));
      const result = await report(tracker.url);
      expect(complaints(result)[0]).to.match(/^fail announce: status 200, malformed bencoding/);
      expect(tracker.questions).to.have.length(2);
    });

    it('fails a tracker that is silent, and asks it nothing more', async () => {
      const tracker = await http(() => {});
      const udp = opened.use(await startUdpTracker(() => []));
      const result = await report('--timeout', '100ms', tracker.url, udp.url);
      expect(result.code).to.equal(1);
      expect(complaints(result)).to.have.length(2);
      expect(tracker.questions).to.have.length(1);
      expect(udp.questions).to.have.length(3);
    });

    it('fails a UDP answer that is too short, and reads a UDP error', async () => {
      const short = opened.use(
        await startUdpTracker((question) => [
          question.readUInt32BE(8) === 0 ? udpReply(question, 0, 1, 2) : udpReply(question, 1),
        ]),
      );
      expect(complaints(await report(short.url))[0]).to.equal(
        'fail announce: an answer of 8 bytes, at least 20 belong',
      );
      const error = opened.use(await startUdpTracker((question) => [udpReply(question, 3, 0x6e6f2121)]));
      expect(complaints(await report('--info-hash', HASH, error.url))[0]).to.equal('fail announce: refused: no!!');
    });

    it('judges a WebSocket tracker by its counts', async () => {
      const tracker = opened.use(
        await startWebSocketTracker((message, socket) => {
          const { action, info_hash } = JSON.parse(message);
          const answer = { action, info_hash, interval: 120, complete: 0, incomplete: 1, files: {} };
          socket.send(JSON.stringify(answer));
        }),
      );
      const [meeting] = complaints(await report(tracker.url));
      expect(meeting).to.equal('fail meeting: seeders 0, leechers 1: two askers are left out');
    });

    it('shows where a redirect led', async () => {
      const carrier = await http(bodyOf('d14:failure reason2:no8:intervali300ee'));
      const tracker = await http((_target, response) => void response.writeHead(302, { Location: carrier.url }).end());
      const { text } = await check('--allow-network', '127.0.0.0/8', tracker.url);
      expect(text).to.include(`pass  redirect     ${carrier.url}\n`);
    });

    it('lets no tracker steer the terminal', async () => {
      const tracker = await http(bodyOf(`d14:failure reason304:\x1b[2J${'x'.repeat(300)}e`));
      const { text } = await check(tracker.url);
      expect(text).to.include('refused: ?[2Jxxx');
      expect(text).not.to.include('\x1b');
    });

    it('goes on with the others when a name leads nowhere', async () => {
      const tracker = await http(bodyOf('d14:failure reason2:noe'));
      const { code, text } = await check('http://nosuch.invalid/announce', tracker.url);
      expect(code).to.equal(1);
      expect(text).to.include('fail  addresses    no such host name');
      expect(text).to.match(/1 of 2 usable\n$/);
    });

    it('fails a URL without an address of the family asked for', async () => {
      expect(complaints(await report('--family', '6', 'http://127.0.0.1:1/announce'))).to.deep.equal([
        'fail addresses: none of the family asked for: 127.0.0.1',
      ]);
    });
  });

  it('refuses what is no tracker URL, and no info hash', async () => {
    for (const argv of [
      ['ftp://127.0.0.1/'],
      ['nothing'],
      ['udp://127.0.0.1'],
      ['http://user:secret@127.0.0.1/announce'],
      [],
      ['--info-hash', 'xyz', 'http://127.0.0.1:1/announce'],
      ['--family', '5', 'http://127.0.0.1:1/announce'],
    ]) {
      const error = await check(...argv).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error, argv.join(' ')).to.be.instanceOf(UsageError);
      expect(String(error)).not.to.include('secret@');
    }
  });
});
