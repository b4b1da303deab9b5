// The faults that take minutes, against the real process. Two files at a time: most of it is waiting. Nothing in them depends on speed.
export default {
  extensions: { ts: 'module' },
  files: ['test/integration/**/*.test.ts'],
  concurrency: 2,
  serial: true,
  timeout: '6m',
  workerThreads: false,
};
