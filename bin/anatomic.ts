#!/usr/bin/env node
// The command `anatomic`. It looks at the runtime before it imports anything that an old one could not even read:
// better-sqlite3 crashes instead of failing below 22.14, and sockets can share a port only from 22.12 on.

const OLDEST_RUNTIME: readonly [major: number, minor: number] = [22, 19];

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < OLDEST_RUNTIME[0] || (major === OLDEST_RUNTIME[0] && minor < OLDEST_RUNTIME[1])) {
  process.stderr.write(
    `anatomic needs Node.js ${OLDEST_RUNTIME.join('.')} or newer and this is ${process.versions.node}. ` +
      'In a checkout use `npm start` or `npx anatomic`, which bring their own; elsewhere install a current Node.js.\n',
  );
  process.exitCode = 1;
} else {
  const { run } = await import('./command.ts');
  const code = await run(process.argv.slice(2), process.env);
  process.exitCode ||= code; // output that could not be written has made it a failure
}
