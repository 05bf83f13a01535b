import { isSyntaxNode, literalText, type ParsedSource, parseSource, type SyntaxNode, walk } from '../syntax-tree.ts';

/** Lines at which a file is too long to be one thing. */
const longestFile = 400;

/** Ids of the contract that only the provider table may spell. */
const providerIds = new Set([
  'openai',
  'anthropic',
  'gemini',
  'mistral',
  'openrouter',
  'xai',
  'groq',
  'deepseek',
  'together',
  'cohere',
  'perplexity',
  'azure',
  'ollama',
  'lmstudio',
]);

/** Provider ids that are also the names of wire formats, and so may be spelled, but not compared with a provider. */
const dialectNames = new Set(['openai', 'anthropic', 'gemini', 'cohere', 'ollama']);

const forbiddenComment = /\b(TODO|FIXME|XXX|HACK)\b|biome-ignore|eslint-disable|@ts-(ignore|expect-error|nocheck)/;

interface Checked extends ParsedSource {
  readonly file: string;
  readonly source: string;
}

type Check = (checked: Checked) => Iterable<string>;

const lineOf = (source: string, offset: number): number => source.slice(0, offset).split('\n').length;

const at = ({ file, source }: Checked, offset: number, what: string): string =>
  `${file}:${lineOf(source, offset)} ${what}`;

function* checkLength({ file, source }: Checked): Iterable<string> {
  const lines = source.trimEnd().split('\n').length;
  if (lines > longestFile) yield `${file} has ${lines} lines; ${longestFile} are the most`;
}

function* checkComments(checked: Checked): Iterable<string> {
  for (const comment of checked.comments) {
    const found = forbiddenComment.exec(comment.value);
    if (found !== null) yield at(checked, comment.start, `has a comment with ${found[0]}`);
  }
}

function* checkTypes(checked: Checked): Iterable<string> {
  for (const node of walk(checked.program)) {
    if (node.type === 'TSAnyKeyword') yield at(checked, node.start, 'uses any');
  }
}

function* checkErrors(checked: Checked): Iterable<string> {
  for (const node of walk(checked.program)) {
    if (node.type !== 'ThrowStatement' || !isSyntaxNode(node.argument)) continue;
    const { type, callee } = node.argument;
    if ((type === 'NewExpression' || type === 'CallExpression') && isSyntaxNode(callee) && callee.name === 'Error') {
      yield at(checked, node.start, 'throws a raw Error; use TollkeeperError with a code');
    }
  }
}

/** Whether a doc comment ends right before a position. */
function isDocumented({ source, comments }: Checked, start: number): boolean {
  return comments.some(
    ({ type, value, end }) =>
      type === 'Block' && value.startsWith('*') && end <= start && source.slice(end, start).trim() === '',
  );
}

function* checkDocumentation(checked: Checked): Iterable<string> {
  const documented = new Set<string>();
  for (const node of walk(checked.program)) {
    if (node.type !== 'ExportNamedDeclaration' || !isSyntaxNode(node.declaration)) continue;
    const { declaration } = node;
    const name = isSyntaxNode(declaration.id) ? String(declaration.id.name) : '';
    if (isDocumented(checked, node.start)) {
      documented.add(name);
    } else if (name === '' || !documented.has(name)) {
      yield at(checked, node.start, `exports ${name === '' ? 'a value' : name} without a doc comment`);
    }
  }
}

/** Whether a node's text speaks of a provider, as in `credential.provider` or `providerId`. */
function namesProvider(source: string, node: unknown): boolean {
  return isSyntaxNode(node) && /provider/i.test(source.slice(node.start, node.end));
}

const isProviderName = (node: unknown): boolean => providerIds.has(literalText(node) ?? '');

/** Nodes that decide something by a provider's name. */
function* providerDecisions({ source, program }: Checked): Iterable<SyntaxNode> {
  for (const node of walk(program)) {
    if (node.type === 'BinaryExpression') {
      const { left, right } = node;
      const compared = isProviderName(left) ? right : isProviderName(right) ? left : undefined;
      if (compared !== undefined && namesProvider(source, compared)) yield node;
    }
    if (node.type === 'SwitchStatement' && namesProvider(source, node.discriminant) && Array.isArray(node.cases)) {
      yield* node.cases.filter((branch) => isSyntaxNode(branch) && isProviderName(branch.test));
    }
  }
}

function* checkProviderNames(checked: Checked): Iterable<string> {
  if (checked.file.startsWith('shared/provider/')) return;
  for (const node of providerDecisions(checked)) yield at(checked, node.start, 'decides by a provider’s name');
  for (const node of walk(checked.program)) {
    const text = literalText(node);
    if (node.type === 'Literal' && text !== undefined && providerIds.has(text) && !dialectNames.has(text)) {
      yield at(checked, node.start, `names the provider ${text} outside shared/provider`);
    }
  }
}

const checks: readonly Check[] = [
  checkLength,
  checkComments,
  checkTypes,
  checkErrors,
  checkDocumentation,
  checkProviderNames,
];

/** Every breach of the style that a tool can see in one source, one sentence each. */
export function checkSource(file: string, source: string): readonly string[] {
  const checked = { file, source, ...parseSource(file, source) };
  return checks.flatMap((check) => [...check(checked)]);
}

/** Every place outside renderer/api that touches the preload's bridge. */
export function checkBridgeUse(file: string, source: string): readonly string[] {
  if (!file.startsWith('renderer/') || file.startsWith('renderer/api/')) return [];
  const { program } = parseSource(file, source);
  const uses = [...walk(program)].filter(
    (node) => node.type === 'MemberExpression' && /^(window|globalThis)\.api$/.test(source.slice(node.start, node.end)),
  );
  return uses.map((node) => `${file}:${lineOf(source, node.start)} touches window.api; only renderer/api does`);
}
