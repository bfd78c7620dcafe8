// Ctrl-C while something goes on and no question is asked: a terminal in raw mode gives it as a byte, not as a signal.

const CTRL_C = '\x03';

/** What is needed of standard input. */
export interface KeyInput {
  readonly isTTY?: boolean;
  setRawMode?(isRaw: boolean): unknown;
  resume(): unknown;
  pause(): unknown;
  on(event: 'data', listener: (bytes: Buffer | string) => void): unknown;
  off(event: 'data', listener: (bytes: Buffer | string) => void): unknown;
}

/** Calls `onCtrlC` until it is let go; other keys are swallowed. */
export function watchCtrlC(input: KeyInput, onCtrlC: () => void): () => void {
  const onData = (bytes: Buffer | string): void => {
    if (bytes.toString().includes(CTRL_C)) onCtrlC();
  };
  input.setRawMode?.(true);
  input.on('data', onData);
  input.resume();
  return () => {
    input.off('data', onData);
    input.setRawMode?.(false);
    input.pause();
  };
}
