import type { CallerProtocol } from '../caller.ts';
import { readMessagesCall } from './read.ts';
import { MessageStreamWriter } from './stream.ts';
import { writeMessage } from './write.ts';

/** Anthropic's messages, as callers speak them. */
export const anthropic: CallerProtocol = {
  errorShape: 'anthropic',
  read: readMessagesCall,
  document: writeMessage,
  stream: (context) => new MessageStreamWriter(context),
};
