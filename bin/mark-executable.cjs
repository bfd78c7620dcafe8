// Sets the executable bit on the built command: the type checker that emits it does not.
'use strict';
const { chmodSync } = require('node:fs');
const { join } = require('node:path');

chmodSync(join(__dirname, '../dist/bin/anatomic.js'), 0o755);
