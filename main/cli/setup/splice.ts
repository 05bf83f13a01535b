/** One replacement in a text: characters `from` to `to` become `text`. */
export interface Splice {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** Applies splices that do not overlap; those at the same place keep their order. */
export function applySplices(text: string, splices: readonly Splice[]): string {
  let edited = '';
  let position = 0;
  for (const splice of [...splices].sort((first, second) => first.from - second.from)) {
    edited += text.slice(position, splice.from) + splice.text;
    position = splice.to;
  }
  return edited + text.slice(position);
}
