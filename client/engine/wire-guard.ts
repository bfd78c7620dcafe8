// Keeps the package that speaks with peers from what they may do to it. Where one sends nonsense it throws, which would end the
// process; it gathers messages of any length; and it answers however little is read. Here such a peer is dropped instead.

/** What is touched of the class of wires; the package has no public way to do so before a peer has shaken hands. */
export interface WireInternals {
  /** 'tcpIncoming' and its like of peers, 'webSeed', '' where a web server is played. */
  readonly type: string;
  /** What it was asked for and has not answered. */
  readonly peerRequests: readonly unknown[];
  /** Bytes that wait to be sent. */
  readonly _readableState: { readonly buffered: number };
  destroy(): void;
  /** Goes on when so many bytes have come. */
  _parse(size: number, parser: (bytes: Uint8Array) => void): void;
  _processBuffer(): void;
  _push(bytes: Uint8Array): unknown;
  _onHave(index: number): void;
  _onAllowedFast(index: number): void;
  _onRequest(index: number, offset: number, length: number): void;
}

/** Honest ones are shorter: the longest tell which pieces there are (one bit each) and hashes (256 KiB). */
export const MAX_MESSAGE_BYTES = 1024 * 1024;
/** Answers of which nothing is read. */
const MAX_UNREAD_BYTES = 16 * 1024 * 1024;
/** Blocks asked for at a time: clients in use ask for some hundreds. */
export const MAX_REQUESTS = 2000;
/** More than the largest .torrent has. The package counts who has each piece in an array, and fills it up to the last. */
export const MAX_PIECES = 2 ** 20;
const IS_PEER = /^(?:tcp|utp|webrtc)/;

/** To be called once, before there is any wire. */
export function guardWires({ prototype }: { readonly prototype: WireInternals }): void {
  const {
    _parse: parse,
    _processBuffer: processBuffer,
    _push: push,
    _onHave: onHave,
    _onRequest: onRequest,
  } = prototype;
  const drop = (wire: WireInternals): void => {
    wire.destroy();
    // Whatever else comes is waited for in vain.
    parse.call(wire, Number.MAX_VALUE, () => undefined);
  };
  prototype._parse = function (size, parser) {
    if (isPeer(this) && size > MAX_MESSAGE_BYTES && size !== Number.MAX_VALUE) drop(this);
    else parse.call(this, size, parser);
  };
  prototype._processBuffer = function () {
    try {
      processBuffer.call(this);
    } catch {
      drop(this);
    }
  };
  prototype._push = function (bytes) {
    if (!isPeer(this) || this._readableState.buffered <= MAX_UNREAD_BYTES) return push.call(this, bytes);
    drop(this);
    return false;
  };
  prototype._onHave = function (index) {
    // Numbers of the wire are read as signed.
    if (index < 0 || index >= MAX_PIECES) drop(this);
    else onHave.call(this, index);
  };
  // A piece that there is not would be asked for. Nobody need do so before he may ask for all (BEP 6).
  prototype._onAllowedFast = () => undefined;
  prototype._onRequest = function (index, offset, length) {
    if (Math.min(index, offset, length) < 0 || this.peerRequests.length >= MAX_REQUESTS) drop(this);
    else onRequest.call(this, index, offset, length);
  };
}

function isPeer({ type }: WireInternals): boolean {
  return IS_PEER.test(type);
}
