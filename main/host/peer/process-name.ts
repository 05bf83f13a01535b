/** Programs that run somebody else's script, without the version at their end. */
const interpreters = new Set([
  'node',
  'nodejs',
  'bun',
  'deno',
  'python',
  'pythonw',
  'pypy',
  'ruby',
  'perl',
  'php',
  'lua',
  'bash',
  'sh',
  'dash',
  'zsh',
  'fish',
  'ksh',
]);

/** Options of interpreters that take the next argument as their value. */
const optionsWithValue = new Set([
  '-r',
  '--require',
  '--import',
  '--loader',
  '--experimental-loader',
  '-C',
  '--conditions',
  '-X',
  '-W',
  '-I',
  '-O',
  '--env-file',
]);

/** Options after which there is no script, but a program text. */
const programText = new Set(['-c', '-e', '-p', '--eval', '--print', '-']);

/** Script names that say nothing, and folders that say no more. */
const emptyNames = new Set(['cli', 'index', 'main', '__main__', 'bin', 'run', 'start', 'app', 'server']);
const emptyFolders = new Set(['bin', 'dist', 'lib', 'src', 'build', 'out', 'esm', 'cjs', 'node_modules', '']);

/** Linux writes this behind the path of a program whose file was replaced while it ran. proc(5). */
const replacedProgram = / \(deleted\)$/;

/** Scripts that come through a descriptor have no name of their own. */
const namelessScript = /^\/(?:dev|proc)\//;

/** A short name for a person: the script of an interpreter, else the program. A login shell's leading hyphen is left out. `commandLine` starts with the program as it was called. */
export function processName(executable: string | null, commandLine: readonly string[]): string {
  const path = (executable ?? commandLine[0] ?? '').replace(replacedProgram, '');
  const program = withoutExtension(baseName(path)).replace(/^-/, '');
  if (!interpreters.has(program.replace(/[\d.]+$/, '').toLowerCase())) return program === '' ? 'unknown' : program;
  return scriptName(commandLine.slice(1)) ?? program;
}

function scriptName(values: readonly string[]): string | null {
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] ?? '';
    if (programText.has(value)) return null;
    if (value === '-m') return values[index + 1] ?? null;
    if (optionsWithValue.has(value)) index += 1;
    else if (!value.startsWith('-')) return namelessScript.test(value) ? null : meaningful(value);
  }
  return null;
}

/** The script's own name, or its package's when the script is called like any other. */
function meaningful(path: string): string {
  const name = withoutExtension(baseName(path));
  if (!emptyNames.has(name.toLowerCase())) return name;
  const folders = path.split(/[\\/]/).slice(0, -1);
  return folders.findLast((folder) => !emptyFolders.has(folder) && !folder.startsWith('.')) ?? name;
}

function baseName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}

function withoutExtension(name: string): string {
  return name.replace(/\.(?:[cm]?[jt]sx?|py|rb|pl|sh|exe|cmd)$/i, '');
}
