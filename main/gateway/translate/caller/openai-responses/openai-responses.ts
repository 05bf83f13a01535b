import type { CallerProtocol } from '../caller.ts';
import { readResponsesCall } from './read.ts';
import { ResponseStreamWriter } from './stream.ts';
import { writeResponse } from './write.ts';

/** OpenAI's responses, as callers speak them. */
export const openAiResponses: CallerProtocol = {
  errorShape: 'openai',
  read: readResponsesCall,
  document: writeResponse,
  stream: (context) => new ResponseStreamWriter(context),
};
