import path from 'node:path';
import { build, type Rolldown } from 'vite';
import { expect, test } from 'vitest';
import headless from '../../build/vite/headless.config.ts';
import { readSources } from './source-files.ts';
import { isSyntaxNode, literalText, parseSource, type SyntaxNode } from './syntax-tree.ts';

const sources = readSources(['main', 'shared', 'renderer']);

/** What a statement at the top of a module has evaluated before it, types left out. */
function evaluatedBy(statement: SyntaxNode): string | undefined {
  const isImport = statement.type === 'ImportDeclaration' && statement.importKind !== 'type';
  const isExport =
    (statement.type === 'ExportNamedDeclaration' || statement.type === 'ExportAllDeclaration') &&
    statement.exportKind !== 'type';
  if (!isImport && !isExport) return undefined;
  const { specifiers } = statement;
  const isTypesOnly =
    Array.isArray(specifiers) &&
    specifiers.length > 0 &&
    specifiers.every((one: SyntaxNode) => one.importKind === 'type' || one.exportKind === 'type');
  return isTypesOnly ? undefined : literalText(statement.source);
}

function importsOf(file: string): readonly string[] {
  const source = sources.get(file);
  if (source === undefined) return [];
  const { body } = parseSource(file, source).program as unknown as { readonly body: readonly SyntaxNode[] };
  return body.map(evaluatedBy).filter((specifier) => specifier !== undefined);
}

function fileOf(from: string, specifier: string): string | null {
  const bare = specifier.replace(/\?.*$/, '');
  if (bare.startsWith('#')) return bare.slice(1);
  return bare.startsWith('.') ? path.posix.join(path.posix.dirname(from), bare) : null;
}

/** Every file and package that is evaluated with an entry; what is imported by a call comes later, and is not among them. */
function evaluatedWith(entry: string): { readonly files: ReadonlySet<string>; readonly packages: ReadonlySet<string> } {
  const files = new Set([entry]);
  const packages = new Set<string>();
  for (const file of files) {
    for (const specifier of importsOf(file)) {
      const target = fileOf(file, specifier);
      if (target !== null) files.add(target);
      else if (!specifier.startsWith('node:')) packages.add(specifier);
    }
  }
  return { files, packages };
}

test('the command line loads its parser and nothing else before it knows the command', () => {
  const { files, packages } = evaluatedWith('main/cli/toll.ts');
  expect([...packages]).toEqual(['commander']);
  expect([...files].filter((file) => file.startsWith('main/cli/command/'))).toEqual([]);
});

test('toll serve loads no schema before the gateway and the ledger start', () => {
  expect([...evaluatedWith('main/cli/command/serve.ts').packages]).toEqual(['commander']);
  const { files, packages } = evaluatedWith('main/app/headless.ts');
  expect([...packages]).toEqual([]);
  expect(files.size).toBeLessThan(15);
});

test('control is ready without what only some of its days need', () => {
  const { packages } = evaluatedWith('main/app/serve-control.ts');
  const later = ['undici', 'oidc-provider', 'koffi', 'keytar', '@homebridge/dbus-native', 'vscode-jsonrpc/node'];
  expect(packages.size).toBeGreaterThan(3);
  expect(later.filter((name) => packages.has(name))).toEqual([]);
});

/** Every node that is evaluated with its module: what stands in a function comes later, and a type never. */
function* evaluatedNodes(value: unknown): Generator<SyntaxNode> {
  if (Array.isArray(value)) {
    for (const item of value) yield* evaluatedNodes(item);
    return;
  }
  if (!isSyntaxNode(value) || /Function|^MethodDefinition$|^TS(Type|Interface|Enum)/.test(value.type)) return;
  yield value;
  for (const child of Object.values(value)) yield* evaluatedNodes(child);
}

/** A call of zod or of a schema's own. The words of an enumeration are cheap. */
function makesSchema(node: SyntaxNode): boolean {
  if (node.type !== 'CallExpression') return false;
  let part: unknown = node.callee;
  while (isSyntaxNode(part) && (part.type === 'MemberExpression' || part.type === 'CallExpression')) {
    if (isSyntaxNode(part.property) && part.property.name === 'options') return false;
    part = part.type === 'MemberExpression' ? part.object : part.callee;
  }
  return isSyntaxNode(part) && typeof part.name === 'string' && (part.name === 'z' || part.name.endsWith('Schema'));
}

test('no module of a start makes a schema while it is loaded', () => {
  const { files } = evaluatedWith('main/app/serve-control.ts');
  const ofStart = [...files].filter((file) => /\.ts$/.test(file) && sources.has(file));
  const makers = ofStart.filter((file) => {
    const { program } = parseSource(file, sources.get(file) ?? '');
    return [...evaluatedNodes(program.body)].some(makesSchema);
  });
  expect(ofStart.filter((file) => /lazily\(/.test(sources.get(file) ?? '')).length).toBeGreaterThan(30);
  expect(makers).toEqual([]);
});

test('the built toll serve starts the gateway before it loads control, and is read as single bytes', async () => {
  const { output } = (await build({
    ...headless,
    configFile: false,
    logLevel: 'silent',
    build: { ...headless.build, write: false },
  })) as Rolldown.RolldownOutput;
  const parts = new Map(output.flatMap((part) => (part.type === 'chunk' ? [[part.fileName, part.code] as const] : [])));
  expect(parts.get('headless.serve-control.cjs')?.length).toBeGreaterThan(100_000);
  const atTheTop = (parts.get('headless.cjs') ?? '').split('\n').filter((line) => /^\S.*require\("\.\//.test(line));
  expect(atTheTop).toEqual([]);
  expect([...parts].filter(([, code]) => /[^\0-\x7f]/.test(code)).map(([name]) => name)).toEqual([]);
}, 60_000);

test('the dashboard’s first paint waits for neither the palette nor a chart nor another page', () => {
  const { files, packages } = evaluatedWith('renderer/dashboard/main.tsx');
  const pages = [...files].filter((file) => file.endsWith('-page.tsx') || file.endsWith('palette.tsx'));
  expect(pages).toEqual(['renderer/features/usage/overview-page.tsx']);
  expect([...packages].filter((name) => name === 'recharts' || name === '@mantine/charts')).toEqual([]);
});
