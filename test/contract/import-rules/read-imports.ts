import { isSyntaxNode, literalText, parseSource, type SyntaxNode, walk } from '../syntax-tree.ts';

/** The module that a node names, if it imports one. */
function importedBy(node: SyntaxNode): string | undefined {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
    case 'ImportExpression':
      return literalText(node.source);
    case 'TSImportType':
      return literalText(node.source ?? node.argument);
    case 'TSExternalModuleReference':
      return literalText(node.expression);
    case 'CallExpression': {
      const isRequire = isSyntaxNode(node.callee) && node.callee.name === 'require';
      return isRequire && Array.isArray(node.arguments) ? literalText(node.arguments[0]) : undefined;
    }
    default:
      return undefined;
  }
}

/** Every module that a source names, type-only and dynamic imports included. */
export function readImports(file: string, source: string): readonly string[] {
  const specifiers = new Set<string>();
  for (const node of walk(parseSource(file, source).program)) {
    const specifier = importedBy(node);
    if (specifier !== undefined) specifiers.add(specifier);
  }
  return [...specifiers];
}
