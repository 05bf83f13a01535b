/** What one room of the house may reach. A room always reaches its own files. */
export interface Room {
  /** Folder below the root; `*` stands for one folder's name, so each match is a room of its own. */
  readonly folder: string;
  /** Folders below the root that it may import from, with all that lies in them, and single files. */
  readonly mayImport: readonly string[];
  /** `none`, `all`, or the only packages that it may import. */
  readonly packages: 'none' | 'all' | readonly string[];
  /** Whether it may use Node's own modules. */
  readonly node: boolean;
  /** Whether it may import Electron: in all its files, or in the one named. */
  readonly electron: boolean | string;
}

const pure = { packages: ['zod'], node: false, electron: false } as const;
const nodeOnly = { packages: 'all', node: true, electron: false } as const;
const withElectron = { packages: 'all', node: true, electron: true } as const;
const page = { packages: 'all', node: false, electron: false } as const;

/** The rooms, most particular first: a file belongs to the first that matches. No file is exempt. */
export const rooms: readonly Room[] = [
  { folder: 'shared/model', mayImport: [], ...pure },
  { folder: 'shared/*', mayImport: ['shared/model'], ...pure, packages: ['zod', '@pydantic/genai-prices'] },
  { folder: 'main/store', mayImport: ['shared'], ...nodeOnly },
  { folder: 'main/control', mayImport: ['shared', 'main/store'], ...nodeOnly },
  {
    folder: 'main/gateway',
    mayImport: ['shared', 'main/store'],
    ...nodeOnly,
    electron: 'main/gateway/entry-electron.ts',
  },
  { folder: 'main/host', mayImport: ['shared'], ...withElectron },
  { folder: 'main/ipc', mayImport: ['shared', 'main/control'], ...withElectron },
  { folder: 'main/preload', mayImport: ['shared/contract'], packages: 'none', node: false, electron: true },
  { folder: 'main/cli', mayImport: ['shared', 'package.json'], ...nodeOnly },
  { folder: 'main/app', mayImport: ['shared', 'main', 'build/icons', 'package.json'], ...withElectron },
  { folder: 'renderer/features/*', mayImport: ['shared', 'renderer/api', 'renderer/components'], ...page },
  { folder: 'renderer/api', mayImport: ['shared'], ...page },
  { folder: 'renderer/components', mayImport: ['shared', 'renderer/api'], ...page },
  {
    folder: 'renderer/dashboard',
    mayImport: ['shared', 'renderer/api', 'renderer/components', 'renderer/features', 'build/icons'],
    ...page,
  },
  {
    folder: 'renderer/prompt',
    mayImport: ['shared', 'renderer/api', 'renderer/components', 'renderer/features', 'build/icons'],
    ...page,
  },
];
