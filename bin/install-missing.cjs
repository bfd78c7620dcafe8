// Installs the locked packages when they are missing or older than the lock file.
// Plain CommonJS without packages: it runs on whatever Node.js npm runs on, before anything is installed.
'use strict';
const { spawnSync } = require('node:child_process');
const { statSync } = require('node:fs');
const { join } = require('node:path');

const root = join(__dirname, '..');

/** Time of the last change in ms; 0 when there is no such file. */
function changedAt(file) {
  const stat = statSync(join(root, file), { throwIfNoEntry: false });
  return stat === undefined ? 0 : stat.mtimeMs;
}

if (changedAt('node_modules/.package-lock.json') < changedAt('package-lock.json')) {
  process.stderr.write('installing packages (npm ci)\n');
  // --ignore-scripts=false: a machine-wide setting must not keep the runtime of this checkout from arriving.
  const command = 'npm ci --no-audit --no-fund --loglevel=error --ignore-scripts=false';
  const { status } = spawnSync(command, { cwd: root, shell: true, stdio: ['ignore', 2, 2] });
  process.exitCode = status === 0 ? 0 : 1;
}
