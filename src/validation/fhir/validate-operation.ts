/**
 * The profiles that the operation `$validate` asks for (R4, resource-operation-validate.html): beside the resource, or with
 * it in the parameters of the operation.
 */
import { isObject, items, type JsonObject, textOf } from './json-object.ts';
import { checkClaim } from './profiles/check.ts';
import { type Outer, rootScope } from './scope.ts';

export function checkAsked(root: JsonObject, type: string, beside: readonly string[], outer: Outer): void {
  const { findings } = outer;
  findings.enter(type);
  if (type !== 'Parameters') hold(root, beside, outer);
  else {
    const parameters = items(root['parameter']);
    const asked = [...beside, ...parameters.flatMap(profileIn)];
    for (const [index, parameter] of parameters.entries()) {
      const resource =
        isObject(parameter) && parameter['name'] === 'resource' ? parameter['resource'] : undefined;
      const way = ['parameter', index, 'resource'];
      for (const step of way) findings.enter(step);
      if (isObject(resource)) hold(resource, asked, outer);
      for (const _step of way) findings.leave();
    }
  }
  findings.leave();
}

function hold(resource: JsonObject, asked: readonly string[], outer: Outer): void {
  const { meta } = resource;
  const claimed = new Set(isObject(meta) ? items(meta['profile']) : []);
  const scope = rootScope(outer, resource, null);
  for (const claim of new Set(asked)) if (!claimed.has(claim)) checkClaim(claim, [], resource, scope);
}

/** R4 has it as a uri, R5 as a canonical. */
function profileIn(parameter: unknown): string[] {
  if (!isObject(parameter) || parameter['name'] !== 'profile') return [];
  return textOf(parameter['valueUri'] ?? parameter['valueCanonical'])?.split(/\s+/, 1) ?? [];
}
