import { describe, expect, test } from 'vitest';
import { readSources } from '../source-files.ts';
import { checkImports } from './check-imports.ts';

/** Checks a few lines of source at a path, as if they were the whole project. */
const check = (file: string, source: string): readonly string[] => checkImports(new Map([[file, source]]));

describe('the house', () => {
  test('every import keeps to the rooms', () => {
    const files = readSources(['shared', 'main', 'renderer']);
    expect(files.size).toBeGreaterThan(0);
    const problems = checkImports(files);
    expect(problems, problems.join('\n')).toEqual([]);
  });
});

describe('a breach of the import rules is caught', () => {
  test.each([
    ['a model that imports anything', 'shared/model/grant.ts', "import type { A } from '#shared/policy/a.ts';"],
    ['a contract that imports a policy', 'shared/contract/ipc.ts', "import { a } from '#shared/policy/a.ts';"],
    ['shared code that uses Node', 'shared/policy/a.ts', "import path from 'node:path';"],
    ['shared code that uses a package', 'shared/policy/a.ts', "import jose from 'jose';"],
    ['control that reaches the gateway', 'main/control/a.ts', "import { a } from '#main/gateway/server.ts';"],
    ['the gateway that reaches control', 'main/gateway/a.ts', "import { a } from '#main/control/control.ts';"],
    ['the gateway that takes only a type', 'main/gateway/a.ts', "import type { A } from '#main/control/control.ts';"],
    ['an inline type import', 'main/gateway/a.ts', "export type A = import('#main/control/control.ts').Control;"],
    ['a dynamic import', 'main/store/a.ts', "export const a = () => import('#main/control/control.ts');"],
    ['a re-export', 'main/store/a.ts', "export { a } from '#main/control/control.ts';"],
    ['a re-export of everything', 'main/store/a.ts', "export * from '#main/control/control.ts';"],
    ['a require', 'main/store/a.ts', "const a = require('electron');"],
    ['the CLI that reaches control', 'main/cli/toll.ts', "import { a } from '#main/control/control.ts';"],
    ['Electron in control', 'main/control/a.ts', "import { app } from 'electron';"],
    ['Electron in the gateway', 'main/gateway/server.ts', "import { app } from 'electron/main';"],
    ['a preload that reaches a model', 'main/preload/preload.ts', "import { a } from '#shared/model/grant.ts';"],
    ['a preload that uses Node', 'main/preload/preload.ts', "import fs from 'node:fs';"],
    ['a host that reaches control', 'main/host/a.ts', "import { a } from '#main/control/control.ts';"],
    ['a window that uses Node', 'renderer/dashboard/a.tsx', "import fs from 'node:fs';"],
    ['a window that uses Electron', 'renderer/api/a.ts', "import { ipcRenderer } from 'electron';"],
    ['a window that reaches the main process', 'renderer/api/a.ts', "import { a } from '#main/ipc/a.ts';"],
    [
      'a feature that reaches another',
      'renderer/features/usage/a.tsx',
      "import { a } from '#renderer/features/access/b.ts';",
    ],
    [
      'a component that knows a feature',
      'renderer/components/a.tsx',
      "import { a } from '#renderer/features/usage/a.ts';",
    ],
    ['production code that reaches a test', 'main/store/a.ts', "import { a } from '#test/fakes/clock.ts';"],
    ['Node named without node:', 'main/store/a.ts', "import fs from 'fs';"],
    ['a file in no room', 'main/helpers.ts', ''],
  ])('%s', (_what, file, source) => {
    expect(check(file, source)).toHaveLength(1);
  });

  test('a relative import into another part of the project', () => {
    const problems = check('main/control/a.ts', "import { a } from '../../shared/model/a.ts';");
    expect(problems).toEqual(['main/control/a.ts imports ../../shared/model/a.ts: an import of shared starts with #']);
  });

  test('a cycle, made of type-only imports too', () => {
    const files = new Map([
      ['shared/model/a.ts', "import type { B } from './b.ts';"],
      ['shared/model/b.ts', "import { c } from './c.ts';"],
      ['shared/model/c.ts', "export * from './a.ts';"],
      ['shared/model/d.ts', "import './a.ts';"],
    ]);
    expect(checkImports(files)).toEqual(['import cycle: shared/model/a.ts → shared/model/b.ts → shared/model/c.ts']);
  });
});

describe('what the rules allow', () => {
  test.each([
    ['main/control/a.ts', "import { a } from '#main/store/a.ts'; import type { B } from '#shared/model/b.ts';"],
    ['main/gateway/entry-electron.ts', "import 'electron'; import './server.ts';"],
    ['main/app/app.ts', "import '#main/cli/a.ts'; import '#main/gateway/a.ts'; import 'electron'; import 'node:fs';"],
    ['main/ipc/register.ts', "import '#main/control/control.ts'; import 'electron';"],
    ['renderer/dashboard/main.tsx', "import '#renderer/features/usage/page.tsx'; import '@mantine/core/styles.css';"],
    ['shared/contract/ipc.ts', "import { z } from 'zod'; import '#shared/model/a.ts'; import './port.ts';"],
  ])('%s', (file, source) => {
    expect(check(file, source)).toEqual([]);
  });
});
