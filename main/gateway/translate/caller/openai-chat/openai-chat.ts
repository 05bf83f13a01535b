import type { CallerProtocol } from '../caller.ts';
import { readChatCall } from './read.ts';
import { ChatStreamWriter, writeChatDocument } from './write.ts';

/** OpenAI's chat completions, as callers speak them. */
export const openAiChat: CallerProtocol = {
  errorShape: 'openai',
  read: readChatCall,
  document: writeChatDocument,
  stream: (context) => new ChatStreamWriter(context),
};
