import { getNodeValue, type Node, type ParseError, parseTree } from 'jsonc-parser';
import { applySplices, type Splice } from './splice.ts';
import { editRefused, lineBreakOf } from './text.ts';

/** One text to set, by the names that lead to it. */
export interface JsonChange {
  readonly path: readonly string[];
  readonly value: string;
}

/** The value of a JSON text with comments and trailing commas; an empty text is an empty object. Throws `invalid_request` when it is neither. */
export function readJson(text: string): unknown {
  return text.trim() === '' ? {} : getNodeValue(parseObject(text));
}

/** Sets texts in a JSON object that may hold comments and trailing commas; every other byte stays. */
export function editJson(text: string, changes: readonly JsonChange[]): string {
  const lineBreak = lineBreakOf(text);
  let edited = text.trim() === '' ? `{}${lineBreak}` : text;
  for (const { path, value } of changes) {
    edited = applySplices(edited, splicesFor(edited, parseObject(edited), { path, value }));
    if (readPath(getNodeValue(parseObject(edited)), path) !== value)
      throw editRefused(`${path.join('.')} could not be set.`);
  }
  return edited;
}

function parseObject(text: string): Node {
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { allowTrailingComma: true });
  if (errors.length > 0 || !tree) throw editRefused('The file is not valid JSON; correct it first.');
  if (tree.type !== 'object') throw editRefused('The file does not hold a JSON object.');
  return tree;
}

function readPath(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (inner !== null && typeof inner === 'object' ? Reflect.get(inner, key) : undefined),
    value,
  );
}

/** Walks down to the value, or to the deepest object there is, and replaces or adds there. */
function splicesFor(text: string, object: Node, { path, value }: JsonChange): readonly Splice[] {
  const [key = '', ...rest] = path;
  const member = object.children?.findLast((property) => property.children?.[0]?.value === key)?.children?.[1];
  if (!member)
    return addMember(
      text,
      object,
      key,
      rest.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value),
    );
  if (rest.length === 0)
    return [{ from: member.offset, to: member.offset + member.length, text: JSON.stringify(value) }];
  if (member.type !== 'object') throw editRefused(`${key} is not an object.`);
  return splicesFor(text, member, { path: rest, value });
}

function addMember(text: string, object: Node, key: string, value: unknown): readonly Splice[] {
  const lineBreak = lineBreakOf(text);
  const last = object.children?.at(-1);
  const own = indentAt(text, object.offset);
  const oneLine = !text.slice(object.offset, object.offset + object.length).includes('\n');
  if (!last) {
    const start = object.offset + 1;
    const inner = text.slice(start, object.offset + object.length - 1);
    const member = render({ key, value, indent: own + indentUnit(text), unit: indentUnit(text), lineBreak });
    const bare = inner.trim() === '';
    return [
      {
        from: start,
        to: bare ? start + inner.length : start,
        text: `${lineBreak}${member}${bare ? lineBreak + own : ''}`,
      },
    ];
  }
  const end = last.offset + last.length;
  if (oneLine) return [{ from: end, to: end, text: `, ${JSON.stringify(key)}: ${JSON.stringify(value)}` }];
  const member = render({ key, value, indent: indentAt(text, last.offset), unit: indentUnit(text), lineBreak });
  const { comma, lineEnd } = scanBehind(text, end);
  const addition = { from: lineEnd, to: lineEnd, text: lineBreak + member };
  return comma ? [addition] : [{ from: end, to: end, text: ',' }, addition];
}

/** What may stand between a member and the brace: a line break, blanks, a comment, a comma. */
const behindMember = /(?<lineBreak>\r?\n)|[ \t\r]+|(?<comment>\/\/[^\r\n]*|\/\*[\s\S]*?\*\/)|(?<comma>,)/y;

/** What stands behind the last member: whether a comma does, and where its line ends, comments on it included. */
function scanBehind(text: string, from: number): { readonly comma: boolean; readonly lineEnd: number } {
  let comma = false;
  let lineEnd = from;
  let sameLine = true;
  const pattern = new RegExp(behindMember);
  pattern.lastIndex = from;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const found = match.groups ?? {};
    if (found.comma) comma = true;
    if (found.lineBreak) sameLine = false;
    if (found.comma || (sameLine && found.comment)) lineEnd = pattern.lastIndex;
  }
  return { comma, lineEnd };
}

interface Member {
  readonly key: string;
  readonly value: unknown;
  readonly indent: string;
  readonly unit: string;
  readonly lineBreak: string;
}

function render({ key, value, indent, unit, lineBreak }: Member): string {
  const lines = `${JSON.stringify(key)}: ${JSON.stringify(value, null, unit)}`.split('\n');
  return lines.map((line) => indent + line).join(lineBreak);
}

/** The blanks at the beginning of the line that holds an offset. */
function indentAt(text: string, offset: number): string {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  return /^[ \t]*/.exec(text.slice(lineStart, offset))?.[0] ?? '';
}

/** One step of indentation, as the first indented line shows it. */
function indentUnit(text: string): string {
  return /\n([ \t]+)\S/.exec(text)?.[1] ?? '  ';
}
