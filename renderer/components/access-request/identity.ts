import type { AccessRequest } from '#shared/model/access.ts';
import { plainProgramName, speakerOf } from '#shared/policy/same-program.ts';

function words(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/**
 * True when the operating system vouched for the process and the process (or the program that called `toll`) carries the name
 * the tool gives itself. Otherwise the name is only a claim and is shown in quotation marks.
 */
export function isNameVouched(request: Pick<AccessRequest, 'tool' | 'process'>): boolean {
  const { process, tool } = request;
  if (process === null || !process.verified) return false;
  const claimed = words(tool).join('');
  const own = words(plainProgramName(speakerOf(process)?.name ?? '')).join('');
  return own.length >= 3 && (claimed.startsWith(own) || own.startsWith(claimed));
}

/** The program as the system tells it: its path, and the script's name where the path is only an interpreter's. */
export function programOf(process: NonNullable<AccessRequest['process']>): string {
  const { executable, name } = process;
  if (executable === null) return plainText(name);
  const base = executable.split(/[/\\]/).at(-1) ?? executable;
  return plainProgramName(base) === plainProgramName(name) ? executable : `${executable} ${plainText(name)}`;
}

/** Text of an asking program, with control, format and line-break characters taken out, so that it can't rearrange what stands around it. */
export function plainText(text: string): string {
  return text.replace(/[\p{C}\s]+/gu, ' ').trim();
}

/** The tool's name as it may be shown: in quotation marks while it is only claimed. */
export function shownToolName(request: Pick<AccessRequest, 'tool' | 'process'>): string {
  return isNameVouched(request) ? plainText(request.tool) : `\u201c${plainText(request.tool)}\u201d`;
}

/** The programs that started the asking one, nearest first: `zsh ‹ Ghostty`. */
export function parentChain(request: Pick<AccessRequest, 'process'>): string {
  return (request.process?.parents ?? [])
    .slice(0, 3)
    .map((parent) => plainText(parent.name))
    .join(' \u2039 ');
}
