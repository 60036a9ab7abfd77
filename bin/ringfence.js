#!/usr/bin/env node
// The command line: from the sources where they and what runs them are there, else compiled.
const { existsSync } = require('node:fs');
const { join } = require('node:path');

const source = join(__dirname, '../src/cli.ts');
if (existsSync(source)) {
  require('@swc-node/register');
  require(source);
} else require('../dist/src/cli.js');
