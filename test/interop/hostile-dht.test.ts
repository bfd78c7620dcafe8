import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type BencodedDictionary, decode, encode } from '../../shared/protocol/encoding/bencoding.ts';
import { startAnatomic } from '../helpers/anatomic.ts';
import { hostileDatagrams } from '../helpers/hostile-datagrams.ts';
import { TemporaryFolder } from '../helpers/temporary-folder.ts';
import { until } from '../helpers/until.ts';

/** The first one looks for supernodes and is closed then, the second, which webtorrent is given, for peers. */
const DHT_SOCKETS = 2;
/** A look-up for supernodes comes first. */
const PATIENCE = { timeoutMs: 40_000 };
const PING = encode({ t: 'zz', y: 'q', q: 'ping', a: { id: Buffer.alloc(20, 3) } });

describe('anatomic get in a hostile DHT', () => {
  let node: Socket;

  beforeEach(async () => {
    node = createSocket('udp4').bind(0, '127.0.0.1');
    await once(node, 'listening');
  });

  afterEach(() => node.close());

  it('lives through malformed datagrams from the node that it begins with', async () => {
    using folder = new TemporaryFolder();
    const askers = new Set<number>();
    const answers = new Set<number>();
    node.on('message', (bytes, { port }) => {
      const { y, t } = decode(bytes) as BencodedDictionary;
      if (Buffer.from(y as Uint8Array).toString() === 'q') askers.add(port);
      else if (Buffer.from(t as Uint8Array).toString() === 'zz') answers.add(port);
    });
    const bootstrap = `127.0.0.1:${node.address().port}`;
    const flags = ['--dht', '--dht-bootstrap', bootstrap, '--port', '0', '--output', folder.path, '--quiet'];
    const environment = { HOME: folder.path, XDG_CONFIG_HOME: undefined, XDG_STATE_HOME: undefined };
    await using _get = startAnatomic(['get', 'ab'.repeat(20), ...flags], { cwd: folder.path, environment });
    await until(() => askers.size >= DHT_SOCKETS, PATIENCE);
    const engine = [...askers].at(-1)!;
    for (const bytes of [...hostileDatagrams(), PING]) node.send(bytes, engine, '127.0.0.1');
    await until(() => answers.has(engine));
  });
});
