/** What the XML reader keeps of an element from its start tag to its end. */
import type { ElementDefinition, TypeDefinition } from './definitions.ts';
import { type Building, empty } from './json-form.ts';
import type { Narrative } from './narrative.ts';

/** An element that is open. What is in `skipped` ones is not looked at. */
export interface Open {
  readonly kind: 'resource' | 'slot' | 'complex' | 'primitive' | 'narrative' | 'skipped';
  readonly object: Building;
  readonly type: TypeDefinition | null;
  readonly definition: ElementDefinition | null;
  /** Of the narrative and what is in it. */
  readonly narrative: Narrative | null;
  readonly isXhtml: boolean;
  /** How many steps of the location this element added. */
  readonly steps: number;
  /** The primitive value, once converted. */
  readonly value?: unknown;
  /** The greatest order among the children so far. */
  order: number;
}

/** What is not said is as in the simplest of elements. */
export function opened(open: Partial<Open> & Pick<Open, 'kind'>): Open {
  return {
    object: empty(),
    type: null,
    definition: null,
    narrative: null,
    isXhtml: false,
    steps: 0,
    order: -1,
    ...open,
  };
}
