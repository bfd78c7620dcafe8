import { expect } from 'chai';
import fc from 'fast-check';
import { readProxyHeader } from '../../../../shared/protocol/addresses/proxy-protocol.ts';

const SIGNATURE = '0d0a0d0a000d0a515549540a';
const V1 = Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n', 'latin1');
const V2_TCP4 = Buffer.from(`${SIGNATURE}2111000cc0000201c6336407dc0401bb`, 'hex');
const V2_TCP6 = Buffer.from(
  `${SIGNATURE}21210024${'20010db8000000000000000000000001'}${'20010db8000000000000000000000002'}dc0401bb`,
  'hex',
);

function text(line: string) {
  return readProxyHeader(Buffer.from(line, 'latin1'));
}

describe('shared/protocol/addresses/proxy-protocol.ts', () => {
  it('reads the text of version 1', () => {
    expect(readProxyHeader(V1)).to.deep.equal({ kind: 'header', length: V1.length, address: '192.0.2.1' });
    const line = 'PROXY TCP6 2001:db8::1 2001:DB8::2 1 65535\r\n';
    expect(text(line)).to.deep.equal({ kind: 'header', length: line.length, address: '2001:db8::1' });
    expect(text('PROXY UNKNOWN\r\n')).to.deep.equal({ kind: 'header', length: 15, address: undefined });
    const long = `PROXY UNKNOWN ${'f'.repeat(91)}\r\n`;
    expect(text(long)).to.deep.equal({ kind: 'header', length: 107, address: undefined });
  });

  it('reads the bytes of version 2, and skips what proxies add', () => {
    expect(readProxyHeader(V2_TCP4)).to.deep.equal({ kind: 'header', length: 28, address: '192.0.2.1' });
    expect(readProxyHeader(V2_TCP6)).to.deep.equal({ kind: 'header', length: 52, address: '2001:db8::1' });
    const added = Buffer.concat([V2_TCP4, Buffer.from('0400020000', 'hex')]);
    added.writeUInt16BE(17, 14);
    expect(readProxyHeader(added)).to.deep.equal({ kind: 'header', length: 33, address: '192.0.2.1' });
  });

  it('leaves the address as it is when the proxy speaks for itself, or of what is not TCP over IP', () => {
    for (const rest of ['20000000', '20110000', '2100000401020304', `213100d8${'00'.repeat(216)}`, '21120000']) {
      const bytes = Buffer.from(SIGNATURE + rest, 'hex');
      expect(readProxyHeader(bytes)).to.deep.equal({ kind: 'header', length: bytes.length, address: undefined });
    }
  });

  it('waits for the whole header at every length, and looks at nothing behind it', () => {
    for (const header of [V1, V2_TCP4, V2_TCP6]) {
      for (let length = 0; length < header.length; length++) {
        expect(readProxyHeader(header.subarray(0, length)).kind, `${length}`).to.equal('incomplete');
      }
      const followed = Buffer.concat([header, Buffer.from('GET / HTTP/1.1\r\n\r\n')]);
      expect(readProxyHeader(followed)).to.deep.equal(readProxyHeader(header));
    }
  });

  for (const line of [
    'GET /announce HTTP/1.1\r\n',
    'PROXY TCP4 192.0.2.1 198.51.100.7 56324\r\n',
    'PROXY TCP4 192.0.2.1 198.51.100.7 56324 65536\r\n',
    'PROXY TCP4 192.0.2.256 198.51.100.7 1 2\r\n',
    'PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n',
    'PROXY TCP6 192.0.2.1 198.51.100.7 1 2\r\n',
    'PROXY  TCP4 192.0.2.1 198.51.100.7 1 2\r\n',
    'PROXY TCP4 192.0.2.1 198.51.100.7 1 2\n',
    'PROXY UDP4 192.0.2.1 198.51.100.7 1 2\r\n',
    `PROXY UNKNOWN ${'f'.repeat(92)}\r\n`,
    'proxy TCP4 192.0.2.1 198.51.100.7 1 2\r\n',
  ]) {
    it(`refuses ${JSON.stringify(line.slice(0, 60))}`, () => expect(text(line).kind).to.equal('bad'));
  }

  it('takes 4 KiB of what proxies add, and no more', () => {
    const sized = (length: number) => {
      const bytes = Buffer.concat([V2_TCP4, Buffer.alloc(length - V2_TCP4.length)]);
      bytes.writeUInt16BE(length - 16, 14);
      return bytes;
    };
    expect(readProxyHeader(sized(4096))).to.include({ kind: 'header', length: 4096 });
    expect(readProxyHeader(sized(4097)).kind).to.equal('bad');
  });

  it('refuses other versions and commands, addresses cut short, and endless headers', () => {
    for (const rest of ['11110000', '22110000', '2f110000', '2111000bc0000201c6336407dc0401', '21210023', '21111000']) {
      const bytes = Buffer.concat([Buffer.from(SIGNATURE + rest, 'hex'), Buffer.alloc(rest === '21210023' ? 35 : 0)]);
      expect(readProxyHeader(bytes).kind, rest).to.equal('bad');
    }
  });

  it('never throws, and takes no more than there is', () => {
    const start = fc.constantFrom('', 'PROXY ', 'PROXY TCP4 ', Buffer.from(SIGNATURE, 'hex').toString('latin1'));
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 300 }), (head, tail) => {
        const bytes = Buffer.concat([Buffer.from(head, 'latin1'), tail]);
        const header = readProxyHeader(bytes);
        if (header.kind === 'header') expect(header.length).to.be.within(15, bytes.length);
      }),
    );
  });
});
