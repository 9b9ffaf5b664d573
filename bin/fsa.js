#!/usr/bin/env node
import { main } from '../dist/cli/main.js';

process.exitCode = await main(process.argv.slice(2));
// Everything is closed by now. ZeroMQ's own threads have been seen to keep the process all the same, once in
// many runs that ended right after a worker's start: nobody should have to kill a command that is done.
setTimeout(() => process.exit(), 3000).unref();
