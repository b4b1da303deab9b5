/** What an address below the base of a FhirEndpoint asks for. */
import type { Context } from 'koa';
import { HealthosError } from '../../errors.ts';
import { isResourceName } from '../../validation/fhir/resource-names.ts';

export interface Address {
  /** The type of resource that may be sent there; null where any may. */
  readonly type: string | null;
  readonly isValidation: boolean;
}

/** Throws `request/not-found` where nothing is taken in at the address. */
export function addressOf(context: Context, base: string): Address {
  const [first = '', second, ...rest] = context.path.slice(base.length).split('/').filter(Boolean);
  const operation = first.startsWith('$') ? first : second;
  const type = first === operation || first === '' ? null : first;
  const isKnown = (type === null || isResourceName(type)) && (operation ?? '$validate') === '$validate';
  if (!isKnown || rest.length > 0 || (first === operation && second !== undefined)) {
    throw new HealthosError(
      'request/not-found',
      'Resources are posted to the base of this endpoint, to a type of resource below it, or to $validate of either.',
    );
  }
  return { type, isValidation: operation === '$validate' };
}
