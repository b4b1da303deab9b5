import test from 'ava';
import { busContract } from '../bus/bus-contract.ts';
import { temporaryStream } from '../bus/temporary-stream.ts';
import { startNats } from '../brokers/nats.ts';

const server = await startNats();
test.after.always(() => server.remove());

busContract('jetstream', (t) => temporaryStream(t, server));
