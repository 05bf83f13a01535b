import type { CallerProtocol } from '../caller.ts';
import { readGenerateCall } from './read.ts';
import { GeneratedStreamWriter, writeGenerated } from './write.ts';

/** Gemini's generateContent, as callers speak it. */
export const gemini: CallerProtocol = {
  errorShape: 'gemini',
  read: readGenerateCall,
  document: writeGenerated,
  stream: (context) => new GeneratedStreamWriter(context),
};
