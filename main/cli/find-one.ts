import { TollkeeperError } from '#shared/model/error.ts';

/** Finds what a person meant by an id, or by an unambiguous beginning of one. Throws `not_found`, or `wrong_usage` when several fit. */
export function findOne<T extends { readonly id: string }>(items: readonly T[], text: string, what: string): T {
  const exact = items.find((item) => item.id === text);
  if (exact) return exact;
  const fitting = text === '' ? [] : items.filter((item) => item.id.startsWith(text));
  const [only] = fitting;
  if (fitting.length > 1) {
    throw new TollkeeperError(
      'wrong_usage',
      `Several ${what}s begin with ${JSON.stringify(text)}: ${fitting.map((item) => item.id).join(', ')}.`,
    );
  }
  if (!only) throw new TollkeeperError('not_found', `There is no ${what} with the id ${JSON.stringify(text)}.`);
  return only;
}
