import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A test whose name begins with a standard. */
export interface NamedTest {
  /** Such as `RFC 6749`. */
  readonly standard: string;
  /** The whole name; where a table fills it in, with the placeholder that the source has. */
  readonly name: string;
  /** Path from the repository's root. */
  readonly file: string;
}

const root = fileURLToPath(new URL('../../../', import.meta.url));
const testName = /\(\s*(['"`])((RFC \d+|MCP)\b(?:(?!\1).)*)\1\s*,\s*(?:async\s*)?\(/g;

/** Every test under `test/` whose name begins with `RFC` and a number, or with `MCP`; by file and place. */
export function namedTests(): readonly NamedTest[] {
  return readdirSync(join(root, 'test'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(test|e2e)\.ts$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .flatMap((path) =>
      [...readFileSync(path, 'utf8').matchAll(testName)].map(([, , name = '', standard = '']) => ({
        ...{
          standard,
          name: name.replace(/\\u([0-9a-f]{4})/gi, (_, digits) => String.fromCharCode(Number.parseInt(digits, 16))),
        },
        file: relative(root, path).replaceAll('\\', '/'),
      })),
    );
}
