import { scopePattern } from '#shared/model/scope.ts';

/** Turns `--scope A B` into `--scope A --scope B`, so that what follows the scopes is not taken for one. Stops at `--`. */
export function spreadScopes(argv: readonly string[]): readonly string[] {
  const result: string[] = [];
  let afterScope = false;
  for (const [index, argument] of argv.entries()) {
    if (argument === '--') return [...result, ...argv.slice(index)];
    const isValue = argv[index - 1] === '--scope';
    if (!isValue && afterScope && scopePattern.test(argument)) result.push('--scope');
    else if (!isValue) afterScope = false;
    if (isValue) afterScope = true;
    result.push(argument);
  }
  return result;
}
