/** The command line. */
import { followLauncher } from './launcher.ts';
import { createOutput } from './output.ts';
import { run } from './program.ts';

followLauncher();
const output = createOutput(process.stdout, process.stderr, () => process.exit());
process.exitCode = await run(process.argv, output);
