/**
 * Subprotocols in whose guise a client that can't set headers sends its key.
 * https://platform.openai.com/docs/guides/realtime-websocket
 */
const tokenProtocols = ['openai-insecure-api-key.', 'xai-client-secret.'] as const;

function parts(value: string): readonly string[] {
  return value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function prefixOf(part: string): string | undefined {
  return tokenProtocols.find((prefix) => part.startsWith(prefix));
}

/** The subprotocols in a `Sec-WebSocket-Protocol` header that may travel upstream: those that are no token. */
export function realSubprotocols(value: string): readonly string[] {
  return parts(value).filter((part) => prefixOf(part) === undefined);
}

/** The tokens in a `Sec-WebSocket-Protocol` header. */
export function tokensInSubprotocols(value: string): readonly string[] {
  return parts(value).flatMap((part) => {
    const prefix = prefixOf(part);
    return prefix === undefined ? [] : [part.slice(prefix.length)];
  });
}
