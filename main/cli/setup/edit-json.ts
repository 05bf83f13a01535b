import { applyEdits, getNodeValue, type JSONPath, modify, type ParseError, parseTree } from 'jsonc-parser';
import { editRefused, endWithBreak, lineBreakOf } from './text.ts';

/** One value to set, by its path. */
export interface JsonChange {
  readonly path: JSONPath;
  readonly value: unknown;
}

/** Sets values in a JSON text that may hold comments and trailing commas; all else keeps its bytes. */
export function editJson(text: string, changes: readonly JsonChange[]): string {
  const start = text.trim() === '' ? `{}${lineBreakOf(text)}` : text;
  const root = parse(start);
  if (root === null || typeof root !== 'object' || Array.isArray(root))
    throw editRefused('The file does not hold a JSON object.');
  const formattingOptions = { ...indentationOf(start), eol: lineBreakOf(start) };
  let edited = start;
  for (const { path, value } of changes) {
    if (readPath(parse(edited), path) === value) continue;
    edited = applyEdits(edited, modify(edited, path, value, { formattingOptions }));
    if (readPath(parse(edited), path) !== value) throw editRefused(`${path.join('.')} could not be set.`);
  }
  return text.trim() === '' ? endWithBreak(edited) : edited;
}

function parse(text: string): unknown {
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { allowTrailingComma: true });
  if (errors.length > 0 || !tree) throw editRefused('The file is not valid JSON; correct it first.');
  return getNodeValue(tree);
}

function readPath(value: unknown, path: JSONPath): unknown {
  return path.reduce<unknown>(
    (inner, key) => (inner !== null && typeof inner === 'object' ? Reflect.get(inner, key) : undefined),
    value,
  );
}

function indentationOf(text: string): { readonly insertSpaces: boolean; readonly tabSize: number } {
  const indent = /\n([ \t]+)\S/.exec(text)?.[1] ?? '  ';
  return indent.startsWith('\t') ? { insertSpaces: false, tabSize: 1 } : { insertSpaces: true, tabSize: indent.length };
}
