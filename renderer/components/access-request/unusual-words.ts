import type { AccessRequest, UnusualReason } from '#shared/model/access.ts';
import { shortenPath } from '../format/names.ts';

/** What is unusual about a request, one sentence for each reason. */
export function unusualSentences({ unusual, process }: Pick<AccessRequest, 'unusual' | 'process'>): readonly string[] {
  const program = process?.executable ? shortenPath(process.executable) : 'a program that is not known';
  const folder = process?.folder ? shortenPath(process.folder) : 'this folder';
  const sentences: Readonly<Record<UnusualReason, string>> = {
    'changed-program': `${program} is not the program it was: its contents have changed.`,
    'other-program': `It never asked from ${program} before.`,
    'wider-scope': 'It wants more than it ever had.',
    'other-folder': `It never worked in or near ${folder} before.`,
  };
  return unusual.map((reason) => sentences[reason]);
}
