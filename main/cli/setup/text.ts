import { isDeepStrictEqual } from 'node:util';
import { TollkeeperError } from '#shared/model/error.ts';

/** The line break a text uses; the first one decides. */
export function lineBreakOf(text: string): '\n' | '\r\n' {
  const first = text.indexOf('\n');
  return first > 0 && text[first - 1] === '\r' ? '\r\n' : '\n';
}

/** The text with a line break at its end, unless it is empty. */
export function endWithBreak(text: string): string {
  return text === '' || text.endsWith('\n') ? text : text + lineBreakOf(text);
}

/** A refusal to edit that says what to do by hand. */
export function editRefused(reason: string): TollkeeperError {
  return new TollkeeperError('invalid_request', `${reason} Nothing was changed.`);
}

/** Proves that an edit did what was meant and nothing else. Throws when `actual` is not `expected`. */
export function proveEdit(actual: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(plainValue(actual), plainValue(expected))) {
    throw editRefused('The file is written in a way that could not be edited safely.');
  }
}

/** A value without its classes, dates as texts: what two parsers' results are compared by. */
export function plainValue(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null));
}
