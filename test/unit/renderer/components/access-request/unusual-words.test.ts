import { describe, expect, it } from 'vitest';
import { unusualSentences } from '#renderer/components/access-request/unusual-words.ts';
import { unusualReasonSchema } from '#shared/model/access.ts';
import { processOf } from '../../../control/control-bench.ts';

describe('unusualSentences', () => {
  const process = processOf({ executable: '/home/ada/bin/codey', folder: '/home/ada/private' });

  it('says which program and which folder', () => {
    expect(unusualSentences({ unusual: ['changed-program', 'other-folder'], process })).toEqual([
      '~/bin/codey is not the program it was: its contents have changed.',
      'It never worked in or near ~/private before.',
    ]);
  });

  it('has a sentence for every reason, even when nothing is known of the process', () => {
    const sentences = unusualSentences({ unusual: unusualReasonSchema.options, process: null });
    expect(new Set(sentences).size).toBe(unusualReasonSchema.options.length);
    expect(sentences).toContain('It never asked from a program that is not known before.');
  });
});
