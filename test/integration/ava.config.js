// The faults that take minutes, against the real process: one file after another, so that none disturbs another.
export default {
  extensions: { ts: 'module' },
  files: ['test/integration/**/*.test.ts'],
  concurrency: 1,
  serial: true,
  timeout: '4m',
  workerThreads: false,
};
