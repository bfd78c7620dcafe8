// Memory that is reserved as addresses alone and comes into use step by step: growing copies nothing and takes no pause, and an
// empty directory takes nothing. On Node.js 24 such arrays are read as fast as those of a fixed length.

export class Reserve {
  readonly buffer: ArrayBuffer;

  constructor(maxBytes: number) {
    this.buffer = new ArrayBuffer(0, { maxByteLength: maxBytes });
  }

  /** What is new reads as zeroes. Never beyond the maximum. */
  growTo(bytes: number): void {
    this.buffer.resize(Math.min(bytes, this.buffer.maxByteLength));
  }
}
