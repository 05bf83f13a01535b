import type { SharedV3Warning } from '@ai-sdk/provider';
import type { Feature, NeutralCall } from './neutral-call.ts';

/** What the provider packages call settings that have another name here. */
const otherNames: readonly (readonly [RegExp, Feature])[] = [
  [/^reasoning|thinking|effort/i, 'reasoning'],
  [/parallel/i, 'parallelTools'],
  [/structuredOutput/i, 'responseFormat'],
];

/**
 * The caller's names of what a provider package says that it left out. A tool's `strict` is named with its index; a warning that
 * tells of no loss has none.
 */
export function warnedDrops(warnings: readonly SharedV3Warning[], call: NeutralCall): readonly string[] {
  return warnings.flatMap((warning): readonly string[] => {
    if (warning.type !== 'unsupported') {
      return [];
    }
    const { feature } = warning;
    if (feature === 'strict') {
      return (call.options.tools ?? []).flatMap((tool, index) =>
        tool.strict === true ? [`tools[${index}].strict`] : [],
      );
    }
    const known = call.names[feature as Feature];
    if (known !== undefined) {
      return [known];
    }
    const other = otherNames.find(([pattern]) => pattern.test(feature))?.[1];
    const name = other === undefined ? undefined : call.names[other];
    return name === undefined || (other === 'reasoning' && keepsEffort(feature, call)) ? [] : [name];
  });
}

/** A budget of thinking that the model takes as an effort instead is carried all the same. */
function keepsEffort(feature: string, { reasoning }: NeutralCall): boolean {
  return feature.endsWith('.thinking') && reasoning?.effort != null && reasoning.effort !== 'none';
}
