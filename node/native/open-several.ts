// Sockets that share a port, over which the system spreads what comes.

export interface PortSocket {
  readonly port: number;
  close(): void;
}

/** Opens one socket in the loop, or for several workers one with a thread for each; throws as `open` does. */
export function openSeveral<T extends PortSocket>(
  workers: number,
  port: number,
  open: (port: number, hasThread: boolean) => T,
): T[] {
  const alone = open(port, false);
  if (workers === 1) return [alone];
  // Those with threads would share the port even with another program's; that it is free, only the one without could tell.
  alone.close();
  const opened: T[] = [];
  try {
    while (opened.length < workers) opened.push(open(alone.port, true));
    return opened;
  } catch (error) {
    for (const socket of opened) socket.close();
    throw error;
  }
}
