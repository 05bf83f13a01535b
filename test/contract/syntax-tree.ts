import { type Comment, parseSync } from 'oxc-parser';

/** A node of a syntax tree, as loose as the parser's output is: its fields are looked at before use. */
export type SyntaxNode = Readonly<Record<string, unknown>> & {
  readonly type: string;
  readonly start: number;
  readonly end: number;
};

/** Whether a value of a syntax tree is a node. */
export function isSyntaxNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

/** A parsed source. */
export interface ParsedSource {
  readonly program: SyntaxNode;
  readonly comments: readonly Comment[];
}

/** Parses TypeScript or TSX, told apart by the file's name; throws a SyntaxError when it does not parse. */
export function parseSource(file: string, source: string): ParsedSource {
  const { program, comments, errors } = parseSync(file, source);
  const [first] = errors;
  if (first !== undefined) throw new SyntaxError(`${file}: ${first.message}`);
  const root: unknown = program;
  if (!isSyntaxNode(root)) throw new SyntaxError(`${file}: no program`);
  return { program: root, comments };
}

/** Every node below and including one, parents first. */
export function* walk(value: unknown): Generator<SyntaxNode> {
  if (Array.isArray(value)) {
    for (const item of value) yield* walk(item);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  if (isSyntaxNode(value)) yield value;
  for (const child of Object.values(value)) yield* walk(child);
}

/** The string that a node stands for, if it is a plain string. */
export function literalText(node: unknown): string | undefined {
  if (!isSyntaxNode(node)) return undefined;
  if (node.type === 'Literal' && typeof node.value === 'string') return node.value;
  return node.type === 'TSLiteralType' ? literalText(node.literal) : undefined;
}
