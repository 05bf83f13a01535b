import { open, realpath } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import type { BindingWish, GrantBinding, ProcessMark } from '#shared/model/binding.ts';
import { assertNever, TollkeeperError } from '#shared/model/error.ts';
import type { PeerProcess } from '#shared/model/process.ts';
import { askingProgramOf } from '#shared/policy/asking-program.ts';
import type { PeerIdentifier } from '../control-options.ts';

type Hashes = Pick<PeerIdentifier, 'hashProgram' | 'hashFile'>;

/**
 * Makes of a wish what the system vouches for. Rejects with `binding_unprovable` rather than with less: where the system does not
 * tell who asks, nothing that a caller says about itself is taken instead.
 */
export async function chooseBinding(
  wish: BindingWish,
  process: PeerProcess | null,
  hashes: Hashes,
): Promise<GrantBinding> {
  switch (wish.kind) {
    case 'run':
      return treeOf(vouchedFor(process));
    case 'tree':
      return treeOf(askerOf(vouchedFor(process)).process);
    case 'executable':
      return wish.path === null
        ? bindToAsker(vouchedFor(process), hashes)
        : bindToFile(wish.path, (path) => hashes.hashFile(path));
    default:
      return assertNever(wish);
  }
}

function vouchedFor(process: PeerProcess | null): PeerProcess {
  if (process?.verified !== true) throw new TollkeeperError('binding_unprovable');
  return process;
}

function treeOf(
  process: Pick<PeerProcess, 'pid' | 'name'> & { readonly startedAt?: string | null | undefined },
): GrantBinding {
  return { kind: 'tree', name: process.name, root: markOf(process) };
}

function markOf({
  pid,
  startedAt,
}: {
  readonly pid: number;
  readonly startedAt?: string | null | undefined;
}): ProcessMark {
  if (startedAt === null || startedAt === undefined) throw new TollkeeperError('binding_unprovable');
  return { pid, startedAt };
}

function askerOf(process: PeerProcess) {
  const asker = askingProgramOf(process);
  if (asker === null) throw new TollkeeperError('binding_unprovable');
  return asker;
}

async function bindToAsker(process: PeerProcess, hashes: Hashes): Promise<GrantBinding> {
  const asker = askerOf(process);
  if (asker.kind === 'shell') {
    throw new TollkeeperError(
      'invalid_request',
      'A shell asks, and it is not the shell that will use the token. Name the program that will: --bind exe:PROGRAM',
    );
  }
  const { executable } = asker.process;
  const mark = markOf(asker.process);
  const sha256 = executable === null ? null : await hashes.hashProgram({ ...mark, executable });
  if (executable === null || sha256 === null) throw new TollkeeperError('binding_unprovable');
  return { kind: 'executable', path: executable, sha256 };
}

async function bindToFile(path: string, hashFile: (path: string) => Promise<string | null>): Promise<GrantBinding> {
  const real = isAbsolute(path) ? await realpath(path).catch(() => null) : null;
  const sha256 = real === null ? null : await hashFile(real);
  if (real === null || sha256 === null) {
    throw new TollkeeperError('not_found', `There is no program ${path} that could be read.`);
  }
  if (await isScript(real)) {
    throw new TollkeeperError(
      'invalid_request',
      `${path} is a script: what the system sees is the program that runs it. Name that one, or use \`toll run -- ${path}\`.`,
    );
  }
  return { kind: 'executable', path: real, sha256 };
}

async function isScript(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return buffer.toString('latin1', 0, bytesRead) === '#!';
  } finally {
    await file.close();
  }
}
