import type { ServiceShape } from './key-service.ts';
import { azureShape } from './shape/azure.ts';
import { bedrockShape } from './shape/bedrock.ts';
import { deepgramShape } from './shape/deepgram.ts';
import { elevenlabsShape } from './shape/elevenlabs.ts';
import { gitlabShape } from './shape/gitlab.ts';
import { googleShape } from './shape/google.ts';
import { openaiShape } from './shape/openai.ts';
import { openrouterShape } from './shape/openrouter.ts';
import { xaiShape } from './shape/xai.ts';

/** The server of every connector, by the connector's name. */
export const shapes: Readonly<Record<string, ServiceShape>> = {
  'azure-slots': azureShape,
  'bedrock-api-keys': bedrockShape,
  'deepgram-keys': deepgramShape,
  'elevenlabs-service-account': elevenlabsShape,
  'gitlab-self-rotate': gitlabShape,
  'google-api-keys': googleShape,
  'openai-service-accounts': openaiShape,
  'openrouter-keys': openrouterShape,
  'xai-keys': xaiShape,
};
