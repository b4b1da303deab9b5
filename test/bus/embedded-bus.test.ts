import { busContract } from './bus-contract.ts';
import { temporaryBus } from './temporary-bus.ts';

busContract('embedded', temporaryBus);
